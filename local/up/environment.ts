import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { access, constants, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { migrate } from "../../src/metadata/migrate.ts";
import { setUpNamespace } from "../../src/kubernetes/setup.ts";
import { STORE_URL } from "../functions-host/options.ts";
import { metadataUrl } from "../postgres/metadata.ts";
import { Refusal } from "../processes/refusal.ts";
import { type Notify, Service, type ServiceSpec } from "../supervisor/service.ts";
import { foldersOf, recordOf, type ServiceName } from "./folders.ts";
import { releaseFolder, stopLeftovers, takeFolder } from "./lock.ts";
import type { UpOptions } from "./options.ts";
import { assertFree, newPorts, type Ports, portsOf } from "./ports.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const HOST = "127.0.0.1";

export interface Environment {
  /** Of the API. */
  readonly url: string;
  readonly services: readonly Service[];
  /** Rejects when a service cannot be kept alive. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Starts metadata, cluster and functions host as processes of their own and keeps them running. */
export async function startEnvironment(options: UpOptions, notify: Notify): Promise<Environment> {
  const { data, app, port, kubeconfig, faults } = options;
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

    const ports = await startBackends(options, services, notify);
    const databaseUrl = await metadataUrl({
      directory: folders.metadata,
      host: HOST,
      port: ports.metadata,
    });
    await migrate(databaseUrl, migrationLog(notify));
    if (kubeconfig === undefined)
      await setUpNamespace({ kubeconfig: folders.kubeconfig, namespace: "toygres" });

    const host = new Service(
      spec(data, "functions-host", {
        args: [
          ...["--app", app, "--port", String(port), "--data", folders.host, "--store", "postgres"],
          ...(faults === undefined ? [] : ["--faults", faults]),
        ],
        ready: /^Functions host ready on /,
        env: {
          ...appSettings(databaseUrl, kubeconfig ?? folders.kubeconfig),
          [STORE_URL]: databaseUrl,
        },
      }),
      notify,
    );
    services.push(host);
    await host.start();
    notify(`functions  ready  http://${HOST}:${port}`);
    const failed = Promise.race(services.map((service) => service.failed));
    failed.catch(() => undefined);
    return { url: `http://${HOST}:${port}`, services, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startBackends(
  { data, kubeconfig }: UpOptions,
  services: Service[],
  notify: Notify,
): Promise<Ports> {
  const folders = foldersOf(data);
  const attempt = async (ports: Ports): Promise<void> => {
    const metadata = new Service(
      spec(data, "metadata", {
        args: ["--data", folders.metadata, "--port", String(ports.metadata)],
        ready: /^metadata: ready on /,
      }),
      notify,
    );
    const cluster = new Service(
      spec(data, "cluster", {
        args: [
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

const ENTRIES: Record<ServiceName, string> = {
  metadata: "local/postgres/main.ts",
  cluster: "local/cluster/main.ts",
  "functions-host": "local/functions-host/main.ts",
};

/** Programs or data stand where nobody would look for them. */
const ELSEWHERE = /: its data is in "| runs from a copy in "/;

function spec(
  data: string,
  name: ServiceName,
  {
    args,
    ready,
    env = {},
  }: Pick<ServiceSpec, "ready" | "args"> & Partial<Pick<ServiceSpec, "env">>,
): ServiceSpec {
  return {
    name,
    args: [join(ROOT, ENTRIES[name]), ...args],
    env: { ...inherited(), ...env },
    ready,
    readyWithinMs: 60_000,
    notice: ELSEWHERE,
    logFile: join(foldersOf(data).logs, `${name}.log`),
    recordFile: recordOf(data, name),
  };
}

/** The user's environment without what would point us at somebody's cluster or database. */
function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !/^(KUBECONFIG|DATABASE_URL|PG[A-Z]+)$/.test(entry[0]),
    ),
  );
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

async function makeFolders(data: string): Promise<void> {
  try {
    const { metadata, cluster, host, logs, run } = foldersOf(data);
    for (const folder of [metadata, cluster, host, logs, run]) await makeFolder(folder);
    await access(data, constants.W_OK);
  } catch (error) {
    throw new Refusal(
      `the data folder "${data}" cannot be written (${codeOf(error)}): make it writable, or give another one with --data`,
    );
  }
}

/** Not by `recursive`, which never returns where a folder that exists lets nothing be made in it, as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    const parent = dirname(folder);
    if (codeOf(error) !== "ENOENT" || existsSync(parent)) throw error;
    await makeFolder(parent);
    await mkdir(folder);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}

const Kubeconfig = z.object({
  "current-context": z.string(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string() }) })),
  clusters: z.array(z.object({ name: z.string(), cluster: z.object({ server: z.string() }) })),
});

/** The server of a kubeconfig's current context: shown before anything is done to it. */
async function serverOf(file: string): Promise<string> {
  try {
    const config = Kubeconfig.parse(parse(await readFile(file, "utf8")));
    const context = config.contexts.find(({ name }) => name === config["current-context"]);
    const cluster = config.clusters.find(({ name }) => name === context?.context.cluster);
    if (cluster) return cluster.cluster.server;
  } catch {
    throw new Refusal(
      `"${file}" cannot be read as a kubeconfig: give the path of one with --kubeconfig`,
    );
  }
  throw new Refusal(`"${file}" has no current context with a cluster: choose one in it`);
}
