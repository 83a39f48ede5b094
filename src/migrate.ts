import { loadConfig } from "./config.ts";
import { jsonLog } from "./durable/log.ts";
import { migrate } from "./metadata/migrate.ts";

/** `npm run migrate`: brings the metadata database of a deployment up to date. */
const line = (text: string): boolean => process.stdout.write(`${text}\n`);
const log = jsonLog({ info: line, warn: line, error: line });

for (const name of await migrate(loadConfig().databaseUrl, log)) line(`applied ${name}`);
line("the metadata database is up to date");
