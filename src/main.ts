import { app } from "./app.ts";
import { hostOnAzure } from "./azure.ts";
import { loadConfig } from "./config.ts";
import { createServices } from "./services.ts";

hostOnAzure(app, createServices(loadConfig()));
