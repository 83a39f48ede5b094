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
const services = createServices(config);
const workflows = merge(
  createToygres(services),
  createTenants({
    tenants: postgresStore(config.databaseUrl),
    toygres: services,
    minimumMajor: 17,
  }),
);
hostOnAzure(createApp(workflows), services, loadDefaultVersion());
