import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { manualContext, manualServices } from "../../examples/manual-deploy.ts";
import type { Verb } from "../../local/cluster/api/faults.ts";
import { startCluster, type Cluster } from "../../local/cluster/server.ts";
import { startWorkers } from "../../local/cluster/workers.ts";
import { deletePostgres } from "../../src/activities/delete-postgres.ts";
import { deployPostgres } from "../../src/activities/deploy-postgres.ts";
import { ensureCertificate } from "../../src/activities/ensure-certificate.ts";
import { getConnectionStrings } from "../../src/activities/get-connection-strings.ts";
import { testConnection } from "../../src/activities/test-connection.ts";
import { waitForReady } from "../../src/activities/wait-for-ready.ts";
import { DomainError } from "../../src/domain/errors.ts";
import type { Services } from "../../src/domain/services.ts";
import { createCluster } from "../../src/kubernetes/cluster.ts";
import { setUpNamespace } from "../../src/kubernetes/setup.ts";
import { passwords } from "../../src/postgres/passwords.ts";

const PASSWORD = `it's "awkward" \\ :/@#% 🐘`;
let folder: string;
let server: Cluster;
let services: Services;
let close: () => Promise<void>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "toygres-test-manual-"));
  server = await startCluster({
    folder,
    tls: true,
    token: "a-token-for-tests",
    start: (store) =>
      startWorkers({ store, folder, pool: { 18: 0 }, loadBalancerDelayMs: 50, volumeDelayMs: 50 }),
  });
  await setUpNamespace({ kubeconfig: server.kubeconfigPath, namespace: "toygres" });
  const cluster = createCluster({ kubeconfig: server.kubeconfigPath });
  close = () => cluster.close();
  services = {
    ...manualServices(server.kubeconfigPath, await passwords.verifier(PASSWORD)),
    cluster,
  };
});
afterAll(async () => {
  await close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const newRef = () => ({
  instanceId: randomUUID(),
  namespace: "toygres",
  instanceName: "orders",
});
type Ref = ReturnType<typeof newRef>;

const specOf = (ref: Ref) => ({
  ...ref,
  postgresVersion: "18" as const,
  storageSizeGb: 1,
  useLoadBalancer: true,
});

const left = (ref: Ref) =>
  services.cluster.list(ref).then((all) => all.map(({ kind, name }) => `${kind} ${name}`));

async function signIn(address: string, ca: string): Promise<unknown> {
  const client = new Client({
    host: address,
    user: "app",
    password: PASSWORD,
    database: "app",
    connectionTimeoutMillis: 5_000,
    ssl: { ca },
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ who: string }>("SELECT current_user AS who");
    return rows[0]?.who;
  } finally {
    await client.end();
  }
}

const twice = async <T>(run: () => Promise<T>): Promise<T[]> => [await run(), await run()];

/** Runs an activity as `call` would: again, after an error that says so; tells how often it was run. */
async function withRetries<T>(run: () => Promise<T>): Promise<{ result: T; runs: number }> {
  for (let runs = 1; ; runs += 1) {
    try {
      return { result: await run(), runs };
    } catch (error) {
      if (!(error instanceof DomainError && error.retryable) || runs === 50) throw error;
    }
  }
}

/** The first request of each verb is done, and its answer lost. */
function loseAnswers(...verbs: readonly Verb[]): void {
  server.faults.clear();
  for (const verb of verbs) server.faults.add({ verb, effect: { type: "lose-reply" } });
}

describe("the activities, called by hand", () => {
  it("deploy, wait, connect and delete, each run twice with the same result", async () => {
    const ref = newRef();
    const context = manualContext();

    const first = await deployPostgres.run(specOf(ref), services, context);
    const control = await services.cluster.readSecret("control", ref);
    const second = await deployPostgres.run(specOf(ref), services, context);
    expect([first.created, second.created]).toEqual([true, false]);
    expect(await services.cluster.readSecret("control", ref)).toEqual(control);

    const waited = await twice(() => waitForReady.run(ref, services, context));
    expect(waited).toMatchObject(Array(2).fill({ ready: true, podPhase: "Running" }));

    const input = { ...ref, useLoadBalancer: true };
    const strings = await getConnectionStrings.run(input, services, context);
    expect(await getConnectionStrings.run(input, services, context)).toEqual(strings);
    const address = strings.address ?? "";
    expect(strings.ipConnectionString).toBe(
      `postgresql://app@${address}:5432/app?sslmode=verify-full`,
    );

    const covered = { ...ref, address, externalIp: address };
    // The kubelet brings a rewritten Secret to the pod a moment later.
    const deadline = Date.now() + 20_000;
    let served = false;
    while (!served && Date.now() < deadline) {
      ({ served } = await ensureCertificate.run(covered, services, context));
    }
    expect(await ensureCertificate.run(covered, services, context)).toEqual({
      renewed: false,
      served: true,
    });

    const tested = await twice(() => testConnection.run({ ...ref, address }, services, context));
    expect(tested.map(({ connected }) => connected)).toEqual([true, true]);
    expect(tested[0]?.version).toMatch(/^PostgreSQL 18\./);
    expect(await signIn(address, control?.caCertificate ?? "")).toBe("app");

    const { deleted, removed } = await deletePostgres.run(ref, services, context);
    expect([deleted, removed.length]).toEqual([true, 10]);
    expect(await deletePostgres.run(ref, services, context)).toEqual({
      deleted: false,
      removed: [],
      remaining: [],
      looks: { byLabel: 0, byName: 0 },
    });
    expect(await left(ref)).toEqual([]);
    expect(server.store.list("PersistentVolume")).toEqual([]);
    await expect(signIn(address, control?.caCertificate ?? "")).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
  });

  it("end in the same state when answers of the cluster are lost", async () => {
    const ref = newRef();
    const context = manualContext();

    loseAnswers("get", "apply", "create");
    const deployed = await withRetries(() => deployPostgres.run(specOf(ref), services, context));
    expect(deployed.runs).toBe(4);

    loseAnswers("list", "watch");
    const ready = await withRetries(() => waitForReady.run(ref, services, context));
    expect(ready.result.ready).toBe(true);

    loseAnswers("list");
    const strings = await withRetries(() =>
      getConnectionStrings.run({ ...ref, useLoadBalancer: true }, services, context),
    );
    const address = strings.result.address ?? "";

    loseAnswers("get");
    const tested = await withRetries(() =>
      testConnection.run({ ...ref, address }, services, context),
    );
    expect(tested.runs).toBe(2);
    const control = await services.cluster.readSecret("control", ref);
    expect(await signIn(address, control?.caCertificate ?? "")).toBe("app");

    loseAnswers("list", "delete");
    const gone = await withRetries(() => deletePostgres.run(ref, services, context));
    expect(gone.runs).toBe(3);
    expect(await left(ref)).toEqual([]);
  });
});
