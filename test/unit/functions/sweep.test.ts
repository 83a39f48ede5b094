import { DomainError } from "../../../src/domain/errors.ts";
import type { Standing } from "../../../src/functions/workflows.ts";
import { anInstance, anOperation } from "../../support/memory-catalog.ts";
import { DAY_MS, NOW, old, sweeping } from "../../support/sweep.ts";

const startable = (id: string) => ({ id, kind: "create" as const, input: { instanceId: id } });

describe("the sweep", () => {
  it("looks for what is 15 s, 30 s, six and a half minutes and 30 days old", async () => {
    const { ages, calls } = await sweeping({});
    expect(ages).toEqual([
      ["startable", 15_000],
      ["healthSilent", 390_000],
      ["running", 30_000],
      ["purgeable", 30 * DAY_MS],
    ]);
    expect(calls).toEqual([]);
  });

  it.each([
    ["the turns of a healthy instance", { healthIntervalMs: 60_000 }, 450_000],
    ["those of a failing one, when they are longer", { healthRetryMs: 600_000 }, 1_530_000],
  ])("takes a loop for silent after two of %s", async (_what, settings, silentMs) => {
    const { ages } = await sweeping({}, {}, settings);
    expect(new Map(ages).get("healthSilent")).toBe(silentMs);
  });

  it("leaves a health check alone that rests between two failures of its instance", async () => {
    const movedAt = new Date(NOW.getTime() - 599_000);
    const { calls, repairs } = await sweeping(
      { healthSilent: async () => [silent], stalledMs: async () => 600_000 },
      { standing: async () => ({ state: "alive", movedAt }) },
      { healthRetryMs: 600_000 },
    );
    expect([calls, repairs]).toEqual([[], []]);
  });

  it("starts operations that were never started, with the input that their request stored", async () => {
    const { calls } = await sweeping({ startable: async () => [startable("a"), startable("b")] });
    expect(calls).toEqual([
      ["startOperation", startable("a")],
      ["startOperation", startable("b")],
    ]);
  });

  const silent = anInstance({ id: "i", healthCheckedAt: "2026-11-21T07:00:00.000Z" });
  const subject = { instanceId: "i", namespace: "toygres", instanceName: "orders" };
  const LONG_AGO = new Date("2026-11-21T07:00:30.000Z");

  it.each<[string, Standing, number, string, string]>([
    ["has died", { state: "gone" }, 0, "startHealthCheck", "had ended"],
    [
      "was suspended",
      { state: "suspended", movedAt: NOW },
      0,
      "restartHealthCheck",
      "was suspended",
    ],
    [
      "is alive and was seen standing still two minutes ago",
      { state: "alive", movedAt: LONG_AGO },
      120_000,
      "restartHealthCheck",
      "has not moved since 2026-11-21T07:00:30.000Z",
    ],
  ])(
    "starts a health check anew that %s, and says so in the timeline first",
    async (_what, standing, stalledMs, call, found) => {
      const { calls, repairs, forgotten, events } = await sweeping(
        { healthSilent: async () => [silent], stalledMs: async () => stalledMs },
        { standing: async () => standing },
      );
      expect(calls).toEqual([[call, subject]]);
      expect(repairs).toEqual([
        {
          instanceId: "i",
          type: "repair.health-check-restarted",
          message: `the health check ${found}: it is started anew`,
          causes: ["2026-11-21T07:00:00.000Z"],
        },
      ]);
      expect([forgotten, events]).toEqual([["i"], ["health-check.restarted"]]);
    },
  );

  it.each<[string, Standing, number]>([
    ["turns, though it writes nothing", { state: "alive", movedAt: NOW }, 600_000],
    ["was seen standing still for the first time", { state: "alive", movedAt: LONG_AGO }, 0],
  ])("leaves a health check alone that %s", async (_what, standing, stalledMs) => {
    const { calls, repairs } = await sweeping(
      { healthSilent: async () => [silent], stalledMs: async () => stalledMs },
      { standing: async () => standing },
    );
    expect([calls, repairs]).toEqual([[], []]);
  });

  it("says so when a health check has not ended yet, and gives it time", async () => {
    const { forgotten, events } = await sweeping(
      { healthSilent: async () => [silent] },
      {
        standing: async () => ({ state: "suspended", movedAt: NOW }),
        restartHealthCheck: async () => false,
      },
    );
    expect([forgotten, events]).toEqual([["i"], ["health-check.not-ended"]]);
  });

  it.each([
    ["deleting", "delete", "startOperation"],
    ["creating", "create", "startMonitor"],
  ] as const)(
    "opens an operation for an instance that is %s without one",
    async (state, kind, call) => {
      const operation = { id: "a", kind, input: { instanceId: "i" } };
      const adopted: string[][] = [];
      const { calls, events } = await sweeping({
        unattended: async () => [{ id: "i", name: "orders", state }],
        adopt: async (...of) => {
          adopted.push(of);
          return operation;
        },
      });
      expect(adopted).toEqual([["i", expect.stringMatching(/^[0-9a-f-]{36}$/)]]);
      expect(calls).toEqual([[call, call === "startMonitor" ? "a" : operation]]);
      expect(events).toEqual(["instance.adopted"]);
    },
  );

  it("begins nothing for an instance that another sweep has adopted", async () => {
    const { calls, events } = await sweeping({
      unattended: async () => [{ id: "i", name: "orders", state: "deleting" }],
    });
    expect([calls, events]).toEqual([[], []]);
  });

  it.each<[string, Standing, boolean]>([
    ["was suspended", { state: "suspended", movedAt: NOW }, true],
    ["has not moved for an hour", { state: "alive", movedAt: LONG_AGO }, true],
    ["moved just now", { state: "alive", movedAt: NOW }, false],
    ["has ended meanwhile", { state: "gone" }, false],
  ])("looks after a monitor that %s", async (_what, standing, restarts) => {
    const { calls, repairs } = await sweeping(
      { running: async () => [anOperation({ id: "a", deadlineAt: "2026-11-21T07:00:00.000Z" })] },
      { startMonitor: async () => false, standing: async () => standing },
    );
    expect(calls).toEqual(restarts ? [["restartMonitor", "a"]] : []);
    expect(repairs.map(({ type }) => type)).toEqual(restarts ? ["repair.monitor-restarted"] : []);
  });

  it.each([
    ["its orchestration has ended", { isAlive: false, pastDeadlineMs: -600_000 }, ["a"]],
    [
      "it is past its deadline by more than a minute",
      { isAlive: true, pastDeadlineMs: 61_000 },
      ["a"],
    ],
    ["nothing is wrong", { isAlive: true, pastDeadlineMs: -1 }, []],
    ["its orchestration may still close it itself", { isAlive: true, pastDeadlineMs: 59_000 }, []],
  ])(
    "has a running operation looked at when %s",
    async (_what, { isAlive, pastDeadlineMs }, ids) => {
      const deadlineAt = new Date(NOW.getTime() - pastDeadlineMs).toISOString();
      const { calls } = await sweeping(
        { running: async () => [anOperation({ id: "a", deadlineAt })] },
        { isAlive: async () => isAlive },
      );
      expect(calls).toEqual(ids.map((id) => ["startMonitor", id]));
    },
  );

  it("has an operation looked at that cannot be started and is past its deadline", async () => {
    const late = { status: "notStarted", deadlineAt: "2026-11-21T07:00:00.000Z" } as const;
    const { calls } = await sweeping(
      {
        startable: async () => [startable("a")],
        running: async () => [anOperation({ id: "a", ...late })],
      },
      { startOperation: async () => false },
    );
    expect(calls).toContainEqual(["startMonitor", "a"]);
  });

  it("logs a start only when it began something", async () => {
    const running = async () => [anOperation({ id: "a", deadlineAt: "2026-11-21T07:00:00.000Z" })];
    const first = await sweeping({ running });
    const again = await sweeping({ running }, { startMonitor: async () => false });
    expect([first.events, again.events]).toEqual([["monitor.started"], []]);
  });

  it("goes on with the other items when one fails", async () => {
    const started: string[] = [];
    const { events } = await sweeping(
      { startable: async () => [startable("a"), startable("b"), startable("c")] },
      {
        startOperation: async ({ id }) => {
          if (id === "b") throw new Error("boom");
          return started.push(id) > 0;
        },
      },
    );
    expect(started).toEqual(["a", "c"]);
    expect(events).toContain("operation.start-failed");
  });

  it("goes on with its other duties when one question fails", async () => {
    const { calls, events } = await sweeping({
      startable: async () => Promise.reject(new DomainError("metadata-unavailable", "away")),
      purgeable: async () => [old("a")],
    });
    expect(calls).toEqual([["purge", old("a")]]);
    expect(events).toEqual(["sweep.failed"]);
  });

  it("lets no duty wait for one that does not come to an end", async () => {
    const { promise, resolve } = Promise.withResolvers<never[]>();
    const started: unknown[] = [];
    const sweepOver = sweeping(
      { healthSilent: () => promise, purgeable: async () => [old("a")] },
      { purge: async ({ id }) => (started.push(id), []) },
    );
    await new Promise((tick) => setImmediate(tick));
    expect(started).toEqual(["a"]);
    resolve([]);
    await sweepOver;
  });

  it("does nothing while another sweep has the lock", async () => {
    const { calls, events } = await sweeping({
      exclusively: async () => false,
      startable: async () => [startable("a")],
    });
    expect([calls, events]).toEqual([[], ["sweep.skipped"]]);
  });

  it("ends well when the lock cannot be asked for", async () => {
    const { events } = await sweeping({
      exclusively: async () => Promise.reject(new DomainError("metadata-unavailable", "away")),
    });
    expect(events).toEqual(["sweep.failed"]);
  });
});
