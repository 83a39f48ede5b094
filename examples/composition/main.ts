/** What the Functions host loads: Toygres with this package's library merged in. */
import {
  createApp,
  createServices,
  createToygres,
  hostOnAzure,
  loadConfig,
  loadDefaultVersion,
  merge,
} from "toygres";
import { createTenants } from "./library.ts";
import { postgresStore } from "./postgres-store.ts";

const config = loadConfig();
if (!("url" in config.database))
  throw new Error("tenants are kept in the database of DATABASE_URL");
const services = createServices(config);
const workflows = merge(
  createToygres(services),
  createTenants({
    tenants: postgresStore(config.database.url),
    toygres: services,
    minimumMajor: 17,
  }),
);
hostOnAzure(createApp(workflows), services, loadDefaultVersion());
