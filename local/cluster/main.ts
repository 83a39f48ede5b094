import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { startCluster, type Cluster } from "./server.ts";
import { startWorkers } from "./workers.ts";

const USAGE =
  "node local/cluster/main.ts --data DIR --port N --kubeconfig OUT [--tls] [--token-file FILE] [--kubelet real|none]";
const STOP_WITHIN_MS = 20_000;

function options(): {
  folder: string;
  port: number;
  kubeconfigPath: string;
  tls: boolean;
  token: string | undefined;
  kubelet: "real" | "none";
} {
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      port: { type: "string", default: "0" },
      kubeconfig: { type: "string" },
      tls: { type: "boolean", default: false },
      "token-file": { type: "string" },
      kubelet: { type: "string", default: "real" },
    },
  });
  const { data, kubeconfig, kubelet, tls } = values;
  const port = Number(values.port);
  if (data === undefined || kubeconfig === undefined)
    throw new Error(`--data and --kubeconfig are needed. Usage: ${USAGE}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port must be a number from 0 to 65535. Usage: ${USAGE}`);
  if (kubelet !== "real" && kubelet !== "none")
    throw new Error(`--kubelet must be real or none. Usage: ${USAGE}`);
  const tokenFile = values["token-file"];
  const token = tokenFile === undefined ? undefined : readFileSync(tokenFile, "utf8").trim();
  if (token === "")
    throw new Error(`The token file ${tokenFile ?? ""} is empty: write a token into it.`);
  return { folder: resolve(data), port, kubeconfigPath: resolve(kubeconfig), tls, token, kubelet };
}

/** Stops on the first signal, within a bound; a second signal ends at once. */
function stopOnSignals(cluster: Cluster): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => {
      process.stderr.write(
        `The cluster did not stop within ${STOP_WITHIN_MS / 1000} s: ended without waiting further.\n`,
      );
      process.exit(1);
    }, STOP_WITHIN_MS).unref();
    cluster.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`The cluster stopped badly: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

try {
  const { kubelet, ...rest } = options();
  const notify = (line: string): void => void process.stdout.write(`cluster: ${line}\n`);
  const cluster = await startCluster({
    ...rest,
    start:
      kubelet === "real"
        ? (store, board) => startWorkers({ store, board, folder: rest.folder, notify })
        : undefined,
  });
  stopOnSignals(cluster);
  process.stdout.write(`Cluster ready at ${cluster.url}, kubeconfig ${cluster.kubeconfigPath}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
