import { loadConfig } from "./config.ts";
import { jsonLog } from "./durable/log.ts";
import { createIdentity } from "./identity/identity.ts";
import { migrate } from "./metadata/migrate.ts";
import { databaseOf } from "./services.ts";

/** `npm run migrate`: brings the metadata database of a deployment up to date. */
const line = (text: string): boolean => process.stdout.write(`${text}\n`);
const log = jsonLog({ info: line, warn: line, error: line });
const config = loadConfig();
const identity = createIdentity({ clientId: config.azureClientId });

for (const name of await migrate(databaseOf(config, identity), log)) line(`applied ${name}`);
line("the metadata database is up to date");
