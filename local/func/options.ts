import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Refusal } from "../processes/refusal.ts";
import { ROOT } from "../up/backends.ts";
import { portOf } from "../up/options.ts";

export interface FuncOptions {
  /** Where all data lives. Not npm start's: the durable state of one is not there for the other. */
  readonly data: string;
  /** The folder of the app: the deployed package, or the checkout. */
  readonly app: string;
  readonly port: number;
  /** A cluster of the user's; absent: the local one. */
  readonly kubeconfig: string | undefined;
}

const USAGE = `options:
  --data FOLDER       where all data lives (.toygres-func)
  --app FOLDER        the app (build/package)
  --port PORT         of the API, on 127.0.0.1 (7071)
  --kubeconfig FILE   use the cluster of that file instead of the local one`;

/** Reads the options of `npm run start:func`. */
export function readFuncOptions(args: readonly string[]): FuncOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: "string", default: ".toygres-func" },
        app: { type: "string", default: resolve(ROOT, "build", "package") },
        port: { type: "string", default: "7071" },
        kubeconfig: { type: "string" },
      },
    });
    return {
      data: resolve(values.data),
      app: resolve(values.app),
      port: portOf(values.port),
      kubeconfig: values.kubeconfig === undefined ? undefined : resolve(values.kubeconfig),
    };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`${error instanceof Error ? error.message : "bad arguments"}\n${USAGE}`);
  }
}
