import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Refusal } from "../processes/refusal.ts";

const TOYGRES = resolve(import.meta.dirname, "..", "..");

export interface UpOptions {
  /** Where all data lives. */
  readonly data: string;
  /** The folder of the Functions app that is run: Toygres, or an app that has its library merged in. */
  readonly app: string;
  /** Of the functions host. */
  readonly port: number;
  /** A file of faults that the functions host acts out, for tests. */
  readonly faults: string | undefined;
  /** Whether calls need a function key, as on Azure; the keys are made in the data folder, `host/keys.json`. */
  readonly enableAuth: boolean;
  /** A cluster of the user's; absent: the local one. */
  readonly kubeconfig: string | undefined;
}

export const USAGE = `options:
  --data FOLDER       where all data lives (.toygres)
  --app FOLDER        a Functions app that builds on Toygres, to be run in its place
  --port PORT         of the API, on 127.0.0.1 (7071)
  --kubeconfig FILE   use the cluster of that file instead of the local one
  --enable-auth       calls need a key of FOLDER/host/keys.json, as on Azure`;

/** Reads the options of `npm start` and `npm run demo`. */
export function readOptions(args: readonly string[]): UpOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: "string", default: ".toygres" },
        app: { type: "string" },
        port: { type: "string", default: "7071" },
        kubeconfig: { type: "string" },
        "enable-auth": { type: "boolean", default: false },
        faults: { type: "string" },
      },
    });
    return {
      data: resolve(values.data),
      app: values.app === undefined ? TOYGRES : resolve(values.app),
      port: portOf(values.port),
      enableAuth: values["enable-auth"],
      faults: values.faults === undefined ? undefined : resolve(values.faults),
      kubeconfig: values.kubeconfig === undefined ? undefined : resolve(values.kubeconfig),
    };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`${error instanceof Error ? error.message : "bad arguments"}\n${USAGE}`);
  }
}

export function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new Refusal(`--port "${text}" is no port: give a number from 1 to 65535`);
}
