import { InvocationContext } from "@azure/functions";
import type { OrchestrationHandler } from "durable-functions";
import { runVirtually } from "../../local/functions-host/engine/virtual-time.ts";
import { checkHealth } from "../../src/activities/check-health.ts";
import { coveredNames } from "../../src/activities/certificate-names.ts";
import { ensureCertificate } from "../../src/activities/ensure-certificate.ts";
import type { SecretContents, SecretKind } from "../../src/domain/cluster.ts";
import { DomainError } from "../../src/domain/errors.ts";
import type { Instance } from "../../src/domain/instance.ts";
import type { HealthRecord } from "../../src/domain/metadata.ts";
import { library } from "../../src/durable/library.ts";
import { register } from "../../src/durable/register.ts";
import { healthCheck } from "../../src/orchestrators/health-check.ts";
import { createCertificates } from "../../src/postgres/certificates.ts";
import { heapMegabytes } from "../support/heap.ts";
import type { ActivityBody } from "../unit/engine/library-app.ts";
import { virtualHost } from "../unit/engine/virtual-host.ts";

const HEALTH = "toygres_orchestration_health-check";
const ID = "health-2f0c8d3e-7f0a-4b7e-9d31-5b1f5b1f5b1f";
const ref = {
  instanceId: "2f0c8d3e-7f0a-4b7e-9d31-5b1f5b1f5b1f",
  namespace: "toygres",
  instanceName: "orders",
};
const ADDRESS = "127.1.0.1";

const unused = (): Promise<never> => Promise.reject(new Error("no health check needs this"));

/** Our library's health check on the real library and the local engine; the instance is down now and then. */
async function watched() {
  const seen = { turns: 0, records: [] as HealthRecord[], looks: 0 };
  const instance: { value: Instance } = {
    value: {
      ...{ id: ref.instanceId, name: ref.instanceName, namespace: ref.namespace },
      ...{ state: "running", healthStatus: "unknown", healthFailures: 0, allowedCidrs: [] },
      ...{ postgresVersion: "18", storageSizeGb: 10, useLoadBalancer: true },
      ...{ externalIp: ADDRESS, certificateCoversAddress: true },
      ...{ createdAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-01T00:00:00.000Z" },
    },
  };
  const clock = { now: () => new Date(host.clock.now()) };
  const certificates = createCertificates(() => new Date("2026-01-01T00:00:00.000Z"));
  const authority = await certificates.newAuthority(ref);
  const issued = await certificates.issue(
    authority,
    coveredNames(ref, { externalIp: ADDRESS, clusterIp: "127.2.0.1" }),
  );
  const { fingerprint } = certificates.inspect(issued.certificate);
  const secrets: SecretContents = {
    bootstrap: { initSql: "", postgresPassword: "" },
    certificate: { ...issued, ca: authority.caCertificate },
    control: { ...authority, controlPassword: "" },
  };
  const orchestrators: Record<string, OrchestrationHandler> = {};
  const activities: Record<string, ActivityBody> = {};

  register(
    library("toygres", {
      orchestrations: [healthCheck],
      activities: [checkHealth, ensureCertificate],
    }),
    {
      clock,
      certificates,
      settings: {
        controlPlaneCidrs: [],
        healthIntervalMs: 30_000,
        healthRetryMs: 10_000,
        healthWriteIntervalMs: 300_000,
      },
      cluster: {
        region: () => Promise.resolve(undefined),
        forward: unused,
        ...{ apply: unused, ensureSecret: unused, replaceCertificate: unused, list: unused },
        ...{ remove: unused, ping: unused },
        readSecret: <K extends SecretKind>(kind: K) => Promise.resolve(secrets[kind]),
        endpoint: () => Promise.resolve({ clusterIp: "127.2.0.1" }),
        readiness: () =>
          Promise.resolve({
            ...{ ready: false, podPhase: "Running", hopeless: false, restarts: 1 },
            waitingFor: "pod pg-orders-2f0c8d3e-0: back-off restarting failed container",
          }),
      },
      postgres: {
        ...{ setUserPassword: unused, reload: unused },
        test: () => {
          // Down for three turns in a hundred, then up again.
          return seen.turns % 100 > 96
            ? Promise.reject(new DomainError("instance-unreachable", "nobody listens"))
            : Promise.resolve({
                ...{ version: "PostgreSQL 18.4", latencyMs: 1, servedFingerprint: fingerprint },
              });
        },
      },
      ledger: {
        assertWanted: unused,
        findInstance: () => {
          seen.turns += 1;
          return Promise.resolve(instance.value);
        },
        setAddress: () => {
          seen.looks += 1;
          return Promise.resolve();
        },
        recordHealth: (record) => {
          seen.records.push(record);
          return Promise.resolve(true);
        },
      },
    },
    {
      defaultVersion: "1.0",
      app: {
        orchestration: (name, { handler }) => void (orchestrators[name] = handler),
        activity: (name, { handler }) =>
          void (activities[name] = (input) =>
            handler(
              input,
              new InvocationContext({ functionName: name, logHandler: () => undefined }),
            )),
      },
    },
  );
  const host = await virtualHost({ orchestrators, activities });
  await host.engine.hub.start({ name: HEALTH, instanceId: ID, input: JSON.stringify(ref) });
  return {
    host,
    seen,
    turn: (count: number) =>
      runVirtually(host.clock, [host.engine.dispatcher], () => seen.turns >= count),
    /** What the store keeps of the loop, in characters. */
    kept: async () => JSON.stringify(await host.store.history(ID)).length,
    trail: () => host.trail(ID),
    delete: () => {
      instance.value = { ...instance.value, state: "deleted" };
    },
  };
}

describe("the health loop in virtual time", () => {
  it("has after 10,000 turns a history no longer than after 2, and takes no more memory", async () => {
    const loop = await watched();
    await loop.turn(2);
    const early = { trail: await loop.trail(), kept: await loop.kept() };
    await loop.turn(1_001);
    const before = heapMegabytes();
    loop.seen.records.length = 0;

    // In parts, since virtual time has a bound in real time.
    for (let turns = 2_001; turns <= 10_001; turns += 1_000) await loop.turn(turns);

    expect(await loop.trail()).toEqual(early.trail);
    // The memory that travels on knows two moments more than at the second turn.
    expect(await loop.kept()).toBeLessThan(early.kept + 300);
    const changes = loop.seen.records.filter(
      ({ status }, index, all) => status !== all[index - 1]?.status,
    );
    expect(changes.filter(({ status }) => status === "unhealthy")).toHaveLength(90);
    expect(loop.seen.looks).toBeGreaterThanOrEqual(2);
    loop.seen.records.length = 0;
    // 9,000 turns that each kept 2 KB, a fraction of their messages, would be 18.
    expect(heapMegabytes() - before).toBeLessThan(12);
  }, 120_000);

  it("ends by itself once its instance is deleted", async () => {
    const loop = await watched();
    await loop.turn(2);
    loop.delete();
    await loop.host.settle();
    expect(await loop.host.status(ID)).toMatchObject({
      runtimeStatus: "Completed",
      output: { ended: "instance-gone" },
    });
  });
});
