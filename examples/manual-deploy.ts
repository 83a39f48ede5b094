/**
 * The activities called by hand, without a durable engine: deploy, wait, address, certificate, connection, delete.
 *
 *   node examples/manual-deploy.ts                      against a local cluster that it starts and stops
 *   node examples/manual-deploy.ts --kubeconfig FILE    against any cluster that is set up
 *   --name NAME, --namespace NAMESPACE, --no-load-balancer, --keep (leave the instance running)
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { deletePostgres } from "../src/activities/delete-postgres.ts";
import { deployPostgres } from "../src/activities/deploy-postgres.ts";
import { ensureCertificate } from "../src/activities/ensure-certificate.ts";
import { getConnectionStrings } from "../src/activities/get-connection-strings.ts";
import { testConnection } from "../src/activities/test-connection.ts";
import { waitForReady } from "../src/activities/wait-for-ready.ts";
import type { Services } from "../src/domain/services.ts";
import type { ActivityContext } from "../src/durable/activity.ts";
import { silent } from "../src/durable/log.ts";
import { createCluster } from "../src/kubernetes/cluster.ts";
import { setUpNamespace } from "../src/kubernetes/setup.ts";
import { createCertificates } from "../src/postgres/certificates.ts";
import { passwords } from "../src/postgres/passwords.ts";
import { createPostgresServers } from "../src/postgres/servers.ts";

const noControlPlane = async (): Promise<never> => {
  throw new Error("there is no control plane here: nothing that needs one can be called by hand");
};

/** What activities need, with no control plane behind it: nobody cancels, and nothing is written down. */
export function manualServices(kubeconfig: string, passwordVerifier: string): Services {
  const clock = { now: () => new Date() };
  return {
    settings: {
      controlPlaneCidrs: ["127.0.0.0/8"],
      healthIntervalMs: 30_000,
      healthRetryMs: 10_000,
      healthWriteIntervalMs: 300_000,
    },
    clock,
    cluster: createCluster({ kubeconfig }),
    postgres: createPostgresServers(),
    certificates: createCertificates(clock.now),
    passwords,
    ledger: {
      assertWanted: async () => undefined,
      passwordVerifier: async () => passwordVerifier,
      forgetPasswordVerifier: async () => undefined,
      findInstance: async () => undefined,
      setAddress: async () => undefined,
      giveUpCreate: async () => undefined,
      noteRemoval: async (_operationId, objects) => objects,
      begin: noControlPlane,
      end: noControlPlane,
      findOperation: noControlPlane,
      setHealthCheck: noControlPlane,
      recordHealth: noControlPlane,
      recordEvent: noControlPlane,
    },
  };
}

/** What an invocation of the host would give. */
export function manualContext(): ActivityContext {
  return {
    log: silent,
    orchestrationId: "by-hand",
    signal: AbortSignal.timeout(120_000),
    get durable(): never {
      throw new Error(
        "there is no durable engine here: nothing that needs one can be called by hand",
      );
    },
  };
}

interface Wish {
  readonly name: string;
  readonly namespace: string;
  readonly useLoadBalancer: boolean;
  readonly keep: boolean;
}

const READY_WITHIN_MS = 300_000;
const ADDRESS_WITHIN_MS = 300_000;
const CONNECTION_WITHIN_MS = 60_000;
const GONE_WITHIN_MS = 300_000;

type Say = (line: string) => void;

/** Repeats a slice until it gives something, or the time is up. */
async function until<T>(
  withinMs: number,
  what: string,
  slice: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    const got = await slice();
    if (got !== undefined) return got;
    await sleep(200);
  }
  throw new Error(`${what} took longer than ${withinMs / 1_000} s: given up`);
}

async function deploy(kubeconfig: string, wish: Wish, say: Say): Promise<void> {
  const password = passwords.generate();
  const services = manualServices(kubeconfig, await passwords.verifier(password));
  const { name, namespace, useLoadBalancer, keep } = wish;
  const ref = { instanceId: randomUUID(), namespace, instanceName: name };
  const began = performance.now();
  const step = (text: string): void =>
    say(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${text}`);

  try {
    await deployPostgres.run(
      { ...ref, postgresVersion: "18", storageSizeGb: 1, useLoadBalancer },
      services,
      manualContext(),
    );
    step(`objects of instance "${name}" (${ref.instanceId}) are made`);
    await ready(ref, services, step);
    const strings = await address(ref, useLoadBalancer, services, step);
    await ensureCertificate.run({ ...ref, ...strings }, services, manualContext());
    const { version } = await until(CONNECTION_WITHIN_MS, "connecting", () =>
      testConnection
        .run({ ...ref, address: strings.address }, services, manualContext())
        .catch((error: unknown) => {
          step(`not yet: ${error instanceof Error ? error.message : String(error)}`);
          return undefined;
        }),
    );
    step(version);
    const caFile = await writeCa(ref, services);
    say("");
    say(`  ${strings.ipConnectionString}&sslrootcert=${caFile}`);
    say(`  password of app: ${password}`);
    say("");
  } finally {
    if (!keep) await remove(ref, services, step);
  }
}

type Ref = {
  readonly instanceId: string;
  readonly namespace: string;
  readonly instanceName: string;
};

async function ready(ref: Ref, services: Services, step: Say): Promise<void> {
  let told = "";
  await until(READY_WITHIN_MS, "the pod's start", async () => {
    const input = { ...ref, sliceSeconds: 2 };
    const state = await waitForReady.run(input, services, manualContext());
    if (state.waitingFor !== undefined && state.waitingFor !== told) step(state.waitingFor);
    told = state.waitingFor ?? "";
    return state.ready ? state : undefined;
  });
  step("pod is ready");
}

async function address(
  ref: Ref,
  useLoadBalancer: boolean,
  services: Services,
  step: Say,
): Promise<{
  readonly address: string;
  readonly ipConnectionString: string;
  readonly externalIp?: string | undefined;
}> {
  const found = await until(ADDRESS_WITHIN_MS, "the load balancer's address", async () => {
    const input = { ...ref, useLoadBalancer, sliceSeconds: 5 };
    const strings = await getConnectionStrings.run(input, services, manualContext());
    const { address, ipConnectionString, externalIp, waitingFor } = strings;
    if (waitingFor !== undefined) step(waitingFor);
    return address === undefined || ipConnectionString === undefined
      ? undefined
      : { address, ipConnectionString, externalIp };
  });
  step(`address is ${found.address}`);
  return found;
}

async function writeCa(ref: Ref, { cluster }: Services): Promise<string> {
  const control = await cluster.readSecret("control", ref);
  const file = join(tmpdir(), `toygres-ca-${ref.instanceId}.pem`);
  await writeFile(file, control?.caCertificate ?? "");
  return file;
}

async function remove(ref: Ref, services: Services, step: Say): Promise<void> {
  await until(GONE_WITHIN_MS, "removing", async () => {
    const { remaining } = await deletePostgres.run(ref, services, manualContext());
    return remaining.length === 0 ? true : undefined;
  });
  await rm(join(tmpdir(), `toygres-ca-${ref.instanceId}.pem`), { force: true });
  step("nothing is left of it");
}

/** A local cluster as a process of its own: with TLS, a token, and real PostgreSQL. */
export async function startOwnCluster(): Promise<{
  kubeconfig: string;
  stop: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), "toygres-manual-"));
  const [kubeconfig, tokenFile] = [join(folder, "kubeconfig"), join(folder, "token")];
  await writeFile(tokenFile, randomBytes(24).toString("hex"), { mode: 0o600 });
  const program = join(import.meta.dirname, "../local/cluster/main.ts");
  const child = spawn(
    process.execPath,
    [program, "--data", folder, "--kubeconfig", kubeconfig, "--tls", "--token-file", tokenFile],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const stop = async (): Promise<void> => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await readyLine(child);
    await setUpNamespace({ kubeconfig, namespace: "toygres" });
    return { kubeconfig, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readyLine({ stdout }: ChildProcess): Promise<void> {
  if (stdout === null) throw new Error("the cluster has no output");
  // The reader goes on reading, so that the cluster never waits for a full pipe.
  const lines = createInterface(stdout);
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  lines.on("line", (line) => {
    if (line.startsWith("Cluster ready")) resolve(undefined);
  });
  lines.on("close", () => reject(new Error("the local cluster ended before it was ready")));
  await promise;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const cut = setTimeout(() => child.kill("SIGKILL"), 30_000);
  await gone;
  clearTimeout(cut);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kubeconfig: { type: "string" },
      name: { type: "string", default: "manual" },
      namespace: { type: "string", default: "toygres" },
      "no-load-balancer": { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
    },
  });
  const { name, namespace, kubeconfig } = values;
  const own = kubeconfig === undefined ? await startOwnCluster() : undefined;
  try {
    const wish = {
      name,
      namespace,
      useLoadBalancer: !values["no-load-balancer"],
      keep: values.keep,
    };
    await deploy(own?.kubeconfig ?? kubeconfig ?? "", wish, (line) => console.log(line));
    if (own !== undefined && values.keep) {
      console.log("Press Ctrl-C to stop the cluster and remove everything.");
      await new Promise((resolve) => process.once("SIGINT", resolve));
    }
  } finally {
    await own?.stop();
  }
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
