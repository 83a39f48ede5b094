import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setUpNamespace } from "../../src/kubernetes/setup.ts";
import { migrate } from "../../src/metadata/migrate.ts";
import { metadataUrl } from "../postgres/metadata.ts";
import { Refusal } from "../processes/refusal.ts";
import { type Notify, Service } from "../supervisor/service.ts";
import { codeOf, makeFolders } from "./data-folder.ts";
import { foldersOf } from "./folders.ts";
import { serverOf } from "./kubeconfig.ts";
import { releaseFolder, stopLeftovers, takeFolder } from "./lock.ts";
import type { UpOptions } from "./options.ts";
import { assertFree, newPorts, type Ports, portsOf } from "./ports.ts";
import { specOf } from "./service-spec.ts";

export const ROOT = join(import.meta.dirname, "..", "..");
export const HOST = "127.0.0.1";

/** What a host needs to run the app on, whichever host it is. */
export interface Backends {
  readonly databaseUrl: string;
  /** The app's settings that point it at these backends, and at loopback alone. */
  readonly settings: Readonly<Record<string, string>>;
  /** What runs so far, the oldest first; whoever starts more adds it, and it is stopped first. */
  readonly services: Service[];
  /** Ends all services and gives the data folder free. */
  readonly stop: () => Promise<void>;
}

type BackendOptions = Pick<UpOptions, "data" | "port" | "kubeconfig">;

/** Takes the data folder, starts metadata and cluster and sets both up; `port`, which the host will take, must be free. */
export async function startBackends(options: BackendOptions, notify: Notify): Promise<Backends> {
  const { data, port, kubeconfig } = options;
  const folders = foldersOf(data);
  await makeFolders(data);
  await takeFolder(data);
  const services: Service[] = [];
  const stop = async (): Promise<void> => {
    for (const service of services.toReversed()) await service.stop();
    await releaseFolder(data);
  };
  try {
    const stopped = await stopLeftovers(data);
    if (stopped.length > 0) notify(`stopped what an earlier run left: ${stopped.join(", ")}`);
    await assertFree(port);
    if (kubeconfig !== undefined) notify(`cluster: ${await serverOf(kubeconfig)} (${kubeconfig})`);

    const ports = await startServers(options, services, notify);
    const databaseUrl = await metadataUrl({
      directory: folders.metadata,
      host: HOST,
      port: ports.metadata,
    });
    await migrate({ url: databaseUrl }, migrationLog(notify));
    if (kubeconfig === undefined)
      await setUpNamespace({ kubeconfig: folders.kubeconfig, namespace: "toygres" });
    const settings = appSettings(databaseUrl, kubeconfig ?? folders.kubeconfig);
    return { databaseUrl, settings, services, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startServers(
  { data, kubeconfig }: BackendOptions,
  services: Service[],
  notify: Notify,
): Promise<Ports> {
  const folders = foldersOf(data);
  const attempt = async (ports: Ports): Promise<void> => {
    const metadata = new Service(
      specOf(data, "metadata", {
        args: [
          join(ROOT, "local/postgres/main.ts"),
          ...["--data", folders.metadata, "--port", String(ports.metadata)],
        ],
        ready: /^metadata: ready on /,
      }),
      notify,
    );
    const cluster = new Service(
      specOf(data, "cluster", {
        args: [
          join(ROOT, "local/cluster/main.ts"),
          ...["--data", folders.cluster, "--port", String(ports.cluster), "--tls"],
          ...["--kubeconfig", folders.kubeconfig, "--kubelet", "real"],
          ...["--token-file", await tokenFile(folders.token)],
        ],
        ready: /^Cluster ready at /,
      }),
      notify,
    );
    const wanted = kubeconfig === undefined ? [metadata, cluster] : [metadata];
    services.push(...wanted);
    const outcomes = await Promise.allSettled(wanted.map((service) => service.start()));
    const failure = outcomes.find((outcome) => outcome.status === "rejected");
    if (failure) {
      await Promise.all(wanted.map((service) => service.stop()));
      services.splice(0);
      throw failure.reason;
    }
    notify(`metadata   ready  ${HOST}:${ports.metadata}`);
    if (kubeconfig === undefined) notify(`cluster    ready  https://${HOST}:${ports.cluster}`);
  };
  const ports = await portsOf(folders.run);
  try {
    await attempt(ports);
    return ports;
  } catch (error) {
    // A port that was ours once may be another's by now; any other refusal comes again and is told then.
    if (!(error instanceof Refusal) || !/in use/.test(error.message)) throw error;
    const fresh = await newPorts(folders.run);
    await attempt(fresh);
    return fresh;
  }
}

/** Loopback only: nothing of the local environment is reachable from outside the machine. */
function appSettings(databaseUrl: string, kubeconfig: string): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    TOYGRES_KUBECONFIG: kubeconfig,
    DEFAULT_ALLOWED_CIDRS: process.env["DEFAULT_ALLOWED_CIDRS"] ?? "127.0.0.0/8",
    CONTROL_PLANE_CIDRS: process.env["CONTROL_PLANE_CIDRS"] ?? "127.0.0.0/8",
    AzureWebJobsDisableHomepage: "true",
  };
}

function migrationLog(notify: Notify) {
  const tell = (event: string): void => notify(`metadata   ${event}`);
  return { info: () => undefined, warn: tell, error: tell };
}

/** Only who can read this file, or the kubeconfig made from it, can read the Secrets of the local cluster. */
async function tokenFile(file: string): Promise<string> {
  try {
    await writeFile(file, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  return file;
}
