import { createApp } from "./app.ts";
import { hostOnAzure } from "./azure.ts";
import { loadConfig, loadDefaultVersion } from "./config.ts";
import { createToygres } from "./library.ts";
import { createServices } from "./services.ts";

const services = createServices(loadConfig());
hostOnAzure(createApp(createToygres(services)), services, loadDefaultVersion());
