import { randomUUID } from "node:crypto";
import { DROP_HEALTH_CHANGES } from "../../../src/metadata/health.ts";
import { withPostgres } from "../../support/postgres.ts";
import {
  createRequest,
  ending,
  instanceIn,
  newStore,
  startedCreate,
  type Store,
} from "./fixtures.ts";

const server = withPostgres();
let store: Store;

beforeEach(async () => {
  store = await newStore(server, 4);
});
afterEach(() => store.close());

const HOUR = 3_600_000;

/** Makes a time of a row an hour older. */
const age = (table: "operations" | "instances", column: string, id: string) =>
  store.sql(`update ${table} set ${column} = ${column} - interval '1 hour' where id = $1`, [id]);

describe("the sweep's view", () => {
  it("shows what was not started in time, oldest first, with its input", async () => {
    const waiting = [createRequest(), createRequest(), createRequest()];
    for (const request of waiting) await store.catalog.requestCreate(request);
    for (const { operationId } of waiting.slice(0, 2)) {
      await age("operations", "created_at", operationId);
    }
    const started = await startedCreate(store);
    await age("operations", "created_at", started.operationId);

    const found = await store.watch.startable(HOUR / 2, 10);
    const old = waiting.slice(0, 2).map((it) => it.operationId);
    expect(found.map(({ id }) => id).toSorted()).toEqual(old.toSorted());
    expect(found.find(({ id }) => id === old[0])).toMatchObject({
      kind: "create",
      input: { instanceId: waiting[0]!.instanceId },
    });
    expect(await store.watch.startable(HOUR / 2, 1)).toHaveLength(1);
  });

  it("comes by each of those beyond the limit, whatever becomes of the others", async () => {
    const waiting = [createRequest(), createRequest(), createRequest()];
    for (const request of waiting) {
      await store.catalog.requestCreate(request);
      await age("operations", "created_at", request.operationId);
    }
    const seen = new Set<string>();
    // A miss after so many looks has a chance of one in 10^10.
    for (let look = 0; look < 60; look += 1) {
      for (const { id } of await store.watch.startable(HOUR / 2, 1)) seen.add(id);
    }
    expect(waiting.map(({ operationId }) => operationId).filter((id) => !seen.has(id))).toEqual([]);
  });

  it("shows what has been running for long", async () => {
    const long = await startedCreate(store);
    await startedCreate(store);
    await age("operations", "started_at", long.operationId);
    const found = await store.watch.running(HOUR / 2, 10);
    expect(found).toMatchObject([{ id: long.operationId, status: "running" }]);
  });

  it("shows what was never begun and is past its deadline", async () => {
    const [lost, young] = [createRequest(), createRequest()];
    for (const request of [lost, young]) await store.catalog.requestCreate(request);
    await age("operations", "deadline_at", lost.operationId);

    const found = await store.watch.running(HOUR / 2, 10);
    expect(found).toMatchObject([{ id: lost.operationId, status: "notStarted" }]);
  });

  it("shows running instances that nobody heard of", async () => {
    const [never, silent, fresh] = await Promise.all([
      instanceIn("running", store),
      instanceIn("running", store),
      instanceIn("running", store),
    ]);
    await instanceIn("deleting", store);
    for (const { instanceId } of [silent, fresh]) {
      const checkedAt = new Date().toISOString();
      await store.ledger.recordHealth({ instanceId, status: "healthy", checkedAt, failures: 0 });
    }
    await age("instances", "health_checked_at", silent.instanceId);
    const found = await store.watch.healthSilent(HOUR / 2, 10);
    expect(found.map(({ id }) => id).toSorted()).toEqual(
      [never.instanceId, silent.instanceId].toSorted(),
    );
  });

  it("shows what may be purged once, and drops its keys only when they are a day old", async () => {
    const request = createRequest(
      {},
      {
        idempotency: { key: "k", scope: "POST /instances", requestHash: "-" },
      },
    );
    await store.catalog.requestCreate(request);
    const { operationId, instanceId } = request;
    await store.ledger.end(ending("failed", { operationId, instanceId }));
    expect(await store.watch.purgeable(HOUR / 2, 10)).toEqual([]);
    await age("operations", "ended_at", operationId);
    expect(await store.watch.purgeable(HOUR / 2, 10)).toMatchObject([
      { id: operationId, kind: "create" },
    ]);

    const keys = async () => (await store.sql("select key from idempotency_keys")).length;
    await store.watch.markPurged(operationId);
    expect(await store.watch.purgeable(HOUR / 2, 10)).toEqual([]);
    expect(await keys()).toBe(1);
    await store.sql("update idempotency_keys set created_at = created_at - interval '25 hours'");
    await store.watch.markPurged(operationId);
    expect(await keys()).toBe(0);
    expect(await store.catalog.findOperation(operationId)).toMatchObject({ status: "failed" });
    await store.watch.markPurged(randomUUID());
  });
});

describe("old changes of health", () => {
  const DAYS_30 = 30 * 24 * HOUR;

  /** Writes an event of each type, so many days ago, oldest first. */
  async function timeline(instanceId: string, events: readonly (readonly [string, number])[]) {
    for (const [type, daysAgo] of events) {
      await store.sql(
        `insert into instance_events (instance_id, type, message, at)
         values ($1, $2, $3, now() - $4 * interval '1 day')`,
        [instanceId, type, `${daysAgo} days ago`, daysAgo],
      );
    }
  }

  /** The changes of health that are left, and how many other events. */
  async function left(instanceId: string) {
    const { items } = await store.catalog.listEvents(instanceId, { limit: 200 });
    const changes = items.filter(({ type }) => type === "health.changed");
    return {
      changes: changes.map(({ message }) => message),
      others: items.length - changes.length,
    };
  }

  const changed = (...days: number[]) => days.map((day) => ["health.changed", day] as const);

  it("go, but for the last one of an instance that lives, and all other events stay", async () => {
    const [lively, quiet, gone] = [
      await instanceIn("running", store),
      await instanceIn("running", store),
      await instanceIn("deleted", store),
    ];
    const before = (await left(lively.instanceId)).others;
    await timeline(lively.instanceId, [
      ...changed(50, 40),
      ["password.set", 39],
      ...changed(31, 29, 1),
    ]);
    await timeline(quiet.instanceId, changed(60, 50, 40));
    await timeline(gone.instanceId, changed(60, 31, 29));

    expect(await store.watch.dropHealthChanges(DAYS_30, 100)).toBe(7);
    expect(await left(lively.instanceId)).toEqual({
      changes: ["29 days ago", "1 days ago"],
      others: before + 1,
    });
    expect((await left(quiet.instanceId)).changes).toEqual(["40 days ago"]);
    expect((await left(gone.instanceId)).changes).toEqual(["29 days ago"]);
    expect(await store.watch.dropHealthChanges(DAYS_30, 100)).toBe(0);
  });

  it("go oldest first, so many at a time", async () => {
    const { instanceId } = await instanceIn("running", store);
    await timeline(instanceId, changed(50, 45, 40, 35));
    expect(await store.watch.dropHealthChanges(DAYS_30, 2)).toBe(2);
    expect((await left(instanceId)).changes).toEqual(["40 days ago", "35 days ago"]);
    expect(await store.watch.dropHealthChanges(DAYS_30, 2)).toBe(1);
  });

  it("are found by an index, however many younger ones there are", async () => {
    const { instanceId } = await instanceIn("running", store);
    await store.sql(
      `insert into instance_events (instance_id, type, message, at)
       select $1, 'health.changed', '-', now() - n * interval '1 minute' from generate_series(1, 50000) n`,
      [instanceId],
    );
    await store.sql("analyze instance_events");
    const plan = await store.sql(`explain ${DROP_HEALTH_CHANGES}`, [DAYS_30, 1_000]);
    expect(JSON.stringify(plan)).toMatch(/instance_events_health_changes on instance_events e/);
  });
});

describe("the sweep's lock", () => {
  it("lets one work, and the next one when it is done or has failed", async () => {
    const seen: string[] = [];
    const first = await store.watch.exclusively(async () => {
      const second = await store.watch.exclusively(async () => {
        seen.push("second");
      });
      seen.push(`first, second ${second}`);
    });
    expect({ first, seen }).toEqual({ first: true, seen: ["first, second false"] });

    const failing = store.watch.exclusively(() => Promise.reject(new Error("its own words")));
    await expect(failing).rejects.toThrow("its own words");
    expect(await store.watch.exclusively(async () => undefined)).toBe(true);
  });

  it("leaves a connection for the work, also in the smallest pool", async () => {
    const small = await newStore(server, 1);
    try {
      expect(await small.watch.exclusively(() => small.catalog.ping())).toBe(true);
    } finally {
      await small.close();
    }
  });
});
