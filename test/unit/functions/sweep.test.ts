import { DomainError } from "../../../src/domain/errors.ts";
import type { Watch } from "../../../src/domain/metadata.ts";
import { jsonLog } from "../../../src/durable/log.ts";
import { sweep } from "../../../src/functions/sweep.ts";
import type { Workflows } from "../../../src/functions/workflows.ts";
import { notedWorkflows } from "../../support/api.ts";
import { anInstance, anOperation } from "../../support/memory-catalog.ts";

const NOW = new Date("2026-11-21T08:00:00.000Z");
const DAY_MS = 24 * 3_600_000;

const old = (id: string) => ({ id, kind: "delete" as const, instanceId: `of-${id}` });

/** One turn over these findings: what was asked for, what was purged, and the events of the log. */
async function sweeping(found: Partial<Watch>, overrides: Partial<Workflows> = {}) {
  const { workflows, calls } = notedWorkflows(overrides);
  const ages: [string, number][] = [];
  const purged: string[] = [];
  const events: string[] = [];
  const write = (line: string) => void events.push((JSON.parse(line) as { event: string }).event);
  const nothing = (what: string) => async (olderThanMs: number) => {
    ages.push([what, olderThanMs]);
    return [];
  };
  const watch: Watch = {
    exclusively: async (work) => work().then(() => true),
    startable: nothing("startable"),
    running: nothing("running"),
    healthSilent: nothing("healthSilent"),
    purgeable: nothing("purgeable"),
    markPurged: async (id) => void purged.push(id),
    ...found,
  };
  const settings = { healthIntervalMs: 30_000, healthWriteIntervalMs: 300_000 };
  const log = jsonLog({ info: write, warn: write, error: write });
  await sweep({ watch, workflows, clock: { now: () => NOW }, settings }, log);
  return { calls, purged, events, ages };
}

const away = async () => Promise.reject(new DomainError("durable-unavailable", "away"));
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

  it("starts operations that were never started, with the input that their request stored", async () => {
    const { calls } = await sweeping({ startable: async () => [startable("a"), startable("b")] });
    expect(calls).toEqual([
      ["startOperation", startable("a")],
      ["startOperation", startable("b")],
    ]);
  });

  it("restarts the health check of a running instance, once it has died", async () => {
    const alive = anInstance({ id: "alive" });
    const dead = anInstance({ id: "dead" });
    const { calls } = await sweeping(
      { healthSilent: async () => [alive, dead] },
      { isAlive: async (id) => id === "health-alive" },
    );
    const subject = { instanceId: "dead", namespace: "toygres", instanceName: "orders" };
    expect(calls).toEqual([["startHealthCheck", subject]]);
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

  it("forgets the history of what ended long ago, and marks it", async () => {
    const { calls, purged } = await sweeping({ purgeable: async () => [old("a"), old("b")] });
    expect(calls).toEqual([
      ["purge", old("a")],
      ["purge", old("b")],
    ]);
    expect(purged).toEqual(["a", "b"]);
  });

  it("marks nothing as forgotten that it could not forget", async () => {
    const { purged, events } = await sweeping(
      { purgeable: async () => [old("a")] },
      { purge: away },
    );
    expect([purged, events]).toEqual([[], ["operation.purge-failed"]]);
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
