import { deployPostgres } from "../../../src/activities/deploy-postgres.ts";
import type { Cluster, SecretContents, SecretKind } from "../../../src/domain/cluster.ts";
import { DomainError } from "../../../src/domain/errors.ts";
import { createCertificates } from "../../../src/postgres/certificates.ts";
import { passwords } from "../../../src/postgres/passwords.ts";
import { activityContext } from "../../support/activity-context.ts";
import { ref } from "../../support/lifecycle.ts";

const VERIFIER = "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy";

type Secrets = { [K in SecretKind]?: SecretContents[K] };

/** A cluster that keeps what it is given; `beforeEach` is called with what is about to be made. */
function cluster(aboutToMake: (what: string) => void = () => undefined) {
  const made: string[] = [];
  const ranges: (readonly string[])[] = [];
  const secrets: Secrets = {};
  const notUsed = async (): Promise<never> => Promise.reject(new Error("not used by deploy"));
  const fake: Cluster = {
    async apply(part, { allowedCidrs }, fence) {
      ranges.push(allowedCidrs);
      aboutToMake(part);
      await fence();
      const created = !made.includes(part);
      made.push(part);
      return { created };
    },
    async ensureSecret(kind, _ref, make, fence) {
      const existing = secrets[kind];
      if (existing !== undefined) return { created: false, contents: existing };
      const contents = await make();
      aboutToMake(kind);
      await fence();
      secrets[kind] = contents;
      made.push(kind);
      return { created: true, contents };
    },
    endpoint: async () => ({ clusterIp: "10.0.0.1" }),
    readSecret: notUsed,
    replaceCertificate: notUsed,
    readiness: notUsed,
    list: notUsed,
    remove: notUsed,
    forward: notUsed,
    region: async () => undefined,
    ping: notUsed,
  };
  return { fake, made, secrets, ranges };
}

function servicesWith(fake: Cluster, controlPlaneCidrs: readonly string[] = []) {
  let verifier: string | undefined = VERIFIER;
  return {
    cluster: fake,
    certificates: createCertificates(),
    passwords,
    settings: {
      controlPlaneCidrs,
      healthIntervalMs: 30_000,
      healthRetryMs: 10_000,
      healthWriteIntervalMs: 300_000,
    },
    ledger: {
      assertWanted: async () => undefined,
      passwordVerifier: async () => verifier,
      forgetPasswordVerifier: async () => {
        verifier = undefined;
      },
    },
  };
}

const input = { ...ref, postgresVersion: "18", storageSizeGb: 1, useLoadBalancer: true } as const;
const allowedCidrs = ["203.0.113.0/24"];

describe("deploy-postgres", () => {
  it("makes everything once, and the second run keeps passwords, authority and the user's verifier", async () => {
    const { fake, secrets } = cluster();
    const services = servicesWith(fake);
    const { context } = activityContext();

    const first = await deployPostgres.run({ ...input, allowedCidrs }, services, context);
    const before = structuredClone(secrets);
    const second = await deployPostgres.run({ ...input, allowedCidrs }, services, context);

    expect([first.created, second.created]).toEqual([true, false]);
    expect(secrets).toEqual(before);
    expect(secrets.bootstrap?.initSql).toContain(VERIFIER);
  });

  it.each(["services", "control", "certificate", "bootstrap", "workload"])(
    "makes nothing more when it was given up just before %s: its create may have cleaned up by then",
    async (last) => {
      const time = new AbortController();
      const { fake, made } = cluster((what) => {
        if (what === last) time.abort();
      });
      const { context } = activityContext({ signal: time.signal });

      const run = deployPostgres.run({ ...input, allowedCidrs }, servicesWith(fake), context);
      await expect(run).rejects.toMatchObject({ code: "activity-lost" });
      await new Promise((resolve) => setImmediate(resolve));
      expect(made).not.toContain(last);
    },
  );

  it("refuses a load balancer that would be open to the whole Internet without having been asked for so", async () => {
    const { fake, made } = cluster();
    const { context } = activityContext();

    const run = deployPostgres.run(input, servicesWith(fake), context);
    await expect(run).rejects.toMatchObject({ code: "invalid-input", retryable: false });
    await expect(run).rejects.toBeInstanceOf(DomainError);
    expect(made).toEqual([]);
  });

  it.each([
    ["a load balancer but to the control plane", true, ["198.51.100.0/24"]],
    ["nothing inside the cluster", false, []],
  ])("without ranges of its own closes %s", async (_what, useLoadBalancer, expected) => {
    const { fake, ranges } = cluster();
    const { context } = activityContext();

    const services = servicesWith(fake, ["198.51.100.0/24"]);
    await deployPostgres.run({ ...input, useLoadBalancer }, services, context);
    expect(ranges).toEqual([expected, expected]);
  });
});
