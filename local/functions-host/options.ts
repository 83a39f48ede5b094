import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Refusal } from "../processes/refusal.ts";
import { messageOf } from "./logs/failure.ts";

/** The environment variable with the store's connection string; it never stands among the arguments. */
export const STORE_URL = "FUNCTIONS_HOST_STORE_URL";

export interface CommandLine {
  readonly app: string;
  readonly port: number;
  readonly store: { readonly kind: "memory" } | { readonly kind: "postgres"; readonly url: string };
  readonly data: string | undefined;
  readonly enableAuth: boolean;
  readonly faults: string | undefined;
  readonly jsonLogs: boolean;
}

export const USAGE = `usage: node local/functions-host/main.ts --app FOLDER [options]
  --app FOLDER        the app: its package.json and host.json
  --port PORT         on 127.0.0.1 (7071; 0 takes any)
  --store KIND        postgres (connection string in ${STORE_URL}) or memory (lost at the end; the default)
  --data FOLDER       where this host keeps its name and keys
  --enable-auth       function, webhook and admin calls need their keys, made in FOLDER/keys.json
  --faults FILE       faults to act out, for tests
  --json-logs         log lines as JSON`;

export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const values = parse(args);
  if (values.app === undefined) throw new Refusal(`--app is missing\n${USAGE}`);
  if (values["enable-auth"] && values.data === undefined) {
    throw new Refusal("--enable-auth needs --data, the folder where the keys are kept");
  }
  return {
    app: resolve(values.app),
    port: portOf(values.port),
    store: storeOf(values.store, environment[STORE_URL]),
    data: values.data === undefined ? undefined : resolve(values.data),
    enableAuth: values["enable-auth"],
    faults: values.faults === undefined ? undefined : resolve(values.faults),
    jsonLogs: values["json-logs"],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        app: { type: "string" },
        port: { type: "string", default: "7071" },
        store: { type: "string", default: "memory" },
        data: { type: "string" },
        "enable-auth": { type: "boolean", default: false },
        faults: { type: "string" },
        "json-logs": { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new Refusal(`${messageOf(error)}\n${USAGE}`, {
      cause: error,
    });
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new Refusal(`--port "${text}" is no port: give a number from 0 to 65535`);
}

function storeOf(kind: string, url: string | undefined): CommandLine["store"] {
  if (kind === "memory") return { kind };
  // What was given is not repeated: it may be a connection string.
  if (kind !== "postgres") throw new Refusal("--store is neither postgres nor memory");
  if (url === undefined || url === "") {
    throw new Refusal(`--store postgres needs the connection string in ${STORE_URL}`);
  }
  return { kind, url };
}
