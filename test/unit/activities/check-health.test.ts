import { checkHealth } from "../../../src/activities/check-health.ts";
import { DomainError } from "../../../src/domain/errors.ts";
import type { HealthRecord } from "../../../src/domain/metadata.ts";
import type { ControlTarget } from "../../../src/domain/postgres.ts";
import { activityContext } from "../../support/activity-context.ts";
import { cluster as goodCluster } from "../../support/api.ts";
import { ref } from "../../support/lifecycle.ts";
import { anInstance } from "../../support/memory-catalog.ts";

const NOW = new Date("2026-11-21T08:00:00.000Z");
const unused = async (): Promise<never> => Promise.reject(new Error("no health check needs this"));

/** One instance to be looked at, whose cluster and server do what a test sets. */
function watched(
  of: Parameters<typeof anInstance>[0] = {},
  settings: { readonly healthIntervalMs?: number } = {},
) {
  let reads = 0;
  const records: HealthRecord[] = [];
  const dialled: ControlTarget[] = [];
  const world = { clusterIsAway: false, serverIsAway: false, password: "first", action: "" };
  let instance = anInstance({ id: ref.instanceId, externalIp: "203.0.113.7", ...of });
  const away = (code: "cluster-unavailable" | "instance-unreachable") =>
    Promise.reject(new DomainError(code, `${code}, really`));
  const services = {
    clock: { now: () => NOW },
    settings: {
      controlPlaneCidrs: [],
      healthIntervalMs: 30_000,
      healthRetryMs: 10_000,
      healthWriteIntervalMs: 300_000,
      ...settings,
    },
    cluster: {
      ...goodCluster,
      readSecret: async <K extends Parameters<typeof goodCluster.readSecret>[0]>(kind: K) => {
        if (world.clusterIsAway) return away("cluster-unavailable");
        reads += 1;
        const contents = await goodCluster.readSecret(kind, ref);
        return contents && { ...contents, controlPassword: world.password };
      },
      readiness: async () =>
        world.clusterIsAway
          ? away("cluster-unavailable")
          : {
              ready: false,
              podPhase: "Running",
              hopeless: false,
              restarts: 1,
              waitingFor: "OOM",
              ...(world.action !== "" && { action: world.action }),
            },
    },
    postgres: {
      setUserPassword: unused,
      reload: unused,
      test: async (target: ControlTarget) => {
        dialled.push(target);
        if (world.serverIsAway) return away("instance-unreachable");
        if (target.controlPassword !== world.password) {
          throw new DomainError("instance-refused", "wrong password");
        }
        return { version: "PostgreSQL 18.4", latencyMs: 3, servedFingerprint: "-" };
      },
    },
    ledger: {
      findInstance: async () => instance,
      recordHealth: async (record: HealthRecord) => records.push(record) > 0,
    },
  };
  return {
    world,
    records,
    dialled,
    /** How often the password was read. */
    reads: () => reads,
    become: (more: Parameters<typeof anInstance>[0]) => void (instance = { ...instance, ...more }),
    turn: (memory: object = {}) =>
      checkHealth.run(
        { ...ref, memory: { status: "unknown", failures: 0, ...memory } },
        services,
        activityContext().context,
      ),
  };
}

describe("check-health", () => {
  it("takes an instance that answers as healthy, also while the cluster's API is away", async () => {
    const { world, records, turn } = watched();
    const { memory } = await turn();
    world.clusterIsAway = true;

    const next = await turn(memory);
    expect(next.memory).toMatchObject({ status: "healthy", failures: 0 });
    expect(records.map(({ status }) => status)).toEqual(["healthy"]);
  });

  it("reads the password again when the one it remembers is refused", async () => {
    const { world, dialled, turn } = watched();
    const { memory } = await turn();
    world.password = "second";

    expect((await turn(memory)).memory).toMatchObject({ status: "healthy", failures: 0 });
    expect(dialled.map(({ controlPassword }) => controlPassword)).toEqual([
      "first",
      "first",
      "second",
    ]);
  });

  it("dials a new address at once", async () => {
    const { dialled, turn, become } = watched();
    const { memory } = await turn();
    become({ externalIp: "203.0.113.8" });

    await turn(memory);
    expect(dialled.map(({ address }) => address)).toEqual(["203.0.113.7", "203.0.113.8"]);
  });

  describe("forgets how it reached an instance", () => {
    const { jest } = import.meta;
    const HOUR_MS = 3_600_000;
    beforeEach(() => void jest.useFakeTimers({ now: NOW }));
    afterEach(() => void jest.useRealTimers());

    it.each([
      ["an hour", {}, HOUR_MS],
      ["three turns that are longer", { healthIntervalMs: 10 * HOUR_MS }, 30 * HOUR_MS],
    ])("when it has not looked for %s, and not before", async (_long, settings, keptMs) => {
      const { reads, turn } = watched({}, settings);
      const { memory } = await turn();
      for (const [passedMs, readSoFar] of [
        [keptMs - 1, 1],
        // The look before counts as its use.
        [keptMs - 1, 1],
        [keptMs, 2],
      ] as const) {
        jest.advanceTimersByTime(passedMs);
        await turn(memory);
        expect(reads()).toBe(readSoFar);
      }
    });

    it("though nothing asks for anything ever again", async () => {
      const { turn } = watched();
      await turn();
      expect(jest.getTimerCount()).toBe(1);
      jest.advanceTimersByTime(HOUR_MS);
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  it("says what to do about a server that is away, where its pod's words tell", async () => {
    const { world, records, turn } = watched();
    Object.assign(world, { serverIsAway: true, action: "Give it more memory." });

    await turn();
    expect(records.at(-1)?.message).toBe("instance-unreachable, really; OOM. Give it more memory.");
  });

  it("says of a server that is away what it and its pod say, trying it once a turn", async () => {
    const { world, records, dialled, turn } = watched();
    const { memory } = await turn();
    world.serverIsAway = true;

    const next = await turn(memory);
    expect(next).toMatchObject({ memory: { failures: 1 }, nextCheckMs: 10_000 });
    expect(records.at(-1)?.message).toBe("instance-unreachable, really; OOM");
    expect(dialled).toHaveLength(2);
  });

  it("goes on where a loop that died had ended, instead of with an unknown health", async () => {
    const { world, records, turn } = watched({ healthStatus: "unhealthy", healthFailures: 7 });
    world.serverIsAway = true;

    await turn();
    expect(records).toMatchObject([{ status: "unhealthy", failures: 8 }]);
  });

  it.each(["deleting", "deleted", "failed"] as const)(
    "ends the loop of an instance that is %s without touching it",
    async (state) => {
      const { dialled, records, turn } = watched({ state });
      expect(await turn()).toMatchObject({ wanted: false });
      expect([dialled, records]).toEqual([[], []]);
    },
  );
});
