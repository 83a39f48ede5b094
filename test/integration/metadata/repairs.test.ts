import { randomUUID } from "node:crypto";
import type { Duty, OperationEnd } from "../../../src/domain/metadata.ts";
import type { Repair } from "../../../src/domain/repairs.ts";
import { createMetadata } from "../../../src/metadata/metadata.ts";
import { NOTE_REPAIR } from "../../../src/metadata/repairs.ts";
import { withPostgres } from "../../support/postgres.ts";
import {
  ending,
  eventsOf,
  instanceIn,
  newStore,
  startedCreate,
  startedDelete,
  type Store,
} from "./fixtures.ts";

const server = withPostgres();
let store: Store;

beforeEach(async () => {
  store = await newStore(server, 20);
});
afterEach(() => store.close());

const repair = (instanceId: string, causes: readonly string[]): Repair => ({
  instanceId,
  type: "repair.orphans-removed",
  message: "some were found",
  causes,
  data: { namespace: "toygres" },
});

describe("the event of a repair", () => {
  it("is written once for its causes, and again as soon as one of them is new", async () => {
    const { instanceId } = await instanceIn("deleted", store);
    const noted: boolean[] = [];
    for (const causes of [["a", "b"], ["a", "b"], ["b"], ["b", "c"], ["c", "a"]]) {
      noted.push(await store.watch.noteRepair(repair(instanceId, causes)));
    }
    expect(noted).toEqual([true, false, false, true, false]);
    const { items } = await store.catalog.listEvents(instanceId, { limit: 50 });
    expect(items.filter(({ type }) => type === "repair.orphans-removed")).toMatchObject([
      { message: "some were found", data: { namespace: "toygres", causes: ["a", "b"] } },
      { data: { causes: ["b", "c"] } },
    ]);
  });

  it("is written once by many at once, and is its own instance's and type's", async () => {
    const [one, other] = [await instanceIn("running", store), await instanceIn("running", store)];
    const noted = await Promise.all(
      Array.from({ length: 20 }, () => store.watch.noteRepair(repair(one.instanceId, ["a"]))),
    );
    expect(noted.filter(Boolean)).toHaveLength(1);
    expect(await store.watch.noteRepair(repair(other.instanceId, ["a"]))).toBe(true);
    const another = { ...repair(one.instanceId, ["a"]), type: "repair.monitor-restarted" } as const;
    expect(await store.watch.noteRepair(another)).toBe(true);
  });

  it("is not written for an instance that there is not", async () => {
    expect(await store.watch.noteRepair(repair(randomUUID(), ["a"]))).toBe(false);
  });

  it("is compared with the repairs before it, and not with the rest of a long timeline", async () => {
    const { instanceId } = await instanceIn("running", store);
    await store.sql(
      `insert into instance_events (instance_id, type, message)
       select $1, 'health.changed', 'healthy' from generate_series(1, 20000)`,
      [instanceId],
    );
    await store.sql("analyze instance_events");
    const values = [instanceId, null, "repair.orphans-removed", "-", "{}", ["a"]];
    const plan = JSON.stringify(await store.sql(`explain ${NOTE_REPAIR}`, values));
    expect(plan).toMatch(/instance_events_repairs on instance_events e/);
    expect(plan).not.toContain("Seq Scan on instance_events");
    expect(plan).not.toContain("instance_events_timeline");
  });
});

/** Closes an operation past its instance, as somebody with SQL would. */
const closeBySql = (operationId: string) =>
  store.sql(
    `update operations set status = 'failed', error = '{"code": "x", "message": "x"}', ended_at = now()
     where id = $1`,
    [operationId],
  );

describe("an instance that no operation is at", () => {
  it("is found when it is creating or deleting, and in no other state", async () => {
    for (const state of ["running", "failed", "deleted", "creating", "deleting"] as const) {
      await instanceIn(state, store);
    }
    expect(await store.watch.unattended(10)).toEqual([]);

    const lost = [await instanceIn("creating", store), await instanceIn("deleting", store)];
    for (const { operationId } of lost) await closeBySql(operationId);
    const found = await store.watch.unattended(10);
    expect(new Map(found.map(({ id, state }) => [id, state]))).toEqual(
      new Map([
        [lost[0]!.instanceId, "creating"],
        [lost[1]!.instanceId, "deleting"],
      ]),
    );
    expect(await store.watch.unattended(1)).toHaveLength(1);
  });

  it("is deleting without a delete, even while an overtaken create has not ended", async () => {
    const create = await startedCreate(store);
    const deletion = await startedDelete(store, create.instanceId);
    await closeBySql(deletion.operationId);
    expect(await store.watch.unattended(10)).toMatchObject([{ id: create.instanceId }]);
  });

  it("gets a delete that can be started, once, whoever asks at the same time", async () => {
    const { instanceId, instanceName, operationId } = await instanceIn("deleting", store);
    await closeBySql(operationId);
    const adopted = await Promise.all(
      Array.from({ length: 10 }, () => store.watch.adopt(instanceId, randomUUID())),
    );
    const [delete_, ...more] = adopted.filter((one) => one !== undefined);
    expect(more).toEqual([]);
    const input = { instanceId, instanceName, namespace: "toygres" };
    expect(delete_).toEqual({ id: delete_!.id, kind: "delete", input });
    expect(await store.watch.startable(-1_000, 10)).toEqual([delete_]);
    expect(await store.watch.unattended(10)).toEqual([]);
    expect((await eventsOf(store, instanceId)).at(-1)).toBe("repair.delete-begun");
  });

  it("gets a create that monitor-operation closes, and that nothing starts", async () => {
    const { instanceId, operationId } = await instanceIn("creating", store);
    await closeBySql(operationId);
    const adopted = (await store.watch.adopt(instanceId, randomUUID()))!;
    expect(adopted).toMatchObject({ kind: "create", input: { instanceId, postgresVersion: "18" } });
    expect(await store.watch.startable(-1_000, 10)).toEqual([]);
    expect(await store.watch.running(-1_000, 10)).toMatchObject([
      { id: adopted.id, status: "running" },
    ]);
    expect(await store.watch.adopt(instanceId, randomUUID())).toBeUndefined();
    expect((await eventsOf(store, instanceId)).at(-1)).toBe("repair.create-closed");

    const end = ending("failed", { instanceId, operationId: adopted.id }, "orchestration-lost");
    expect(await store.ledger.end(end)).toBe("done");
    expect(await store.catalog.findInstance(instanceId)).toMatchObject({ state: "failed" });
  });

  it("gets nothing when an operation is at it after all", async () => {
    const { instanceId } = await instanceIn("deleting", store);
    expect(await store.watch.adopt(instanceId, randomUUID())).toBeUndefined();
    expect(await store.watch.adopt(randomUUID(), randomUUID())).toBeUndefined();
  });
});

describe("an operation that is closed from outside", () => {
  it("has that in the timeline, once, beside the change of the instance", async () => {
    const { instanceId, operationId } = await startedCreate(store);
    const lost = ending("failed", { instanceId, operationId }, "orchestration-lost");
    for (const time of ["first", "again"]) {
      expect({ time, outcome: await store.ledger.end(lost) }).toEqual({ time, outcome: "done" });
    }
    expect(await eventsOf(store, instanceId)).toEqual([
      "instance.requested",
      "instance.failed",
      "repair.operation-closed",
    ]);
  });

  it("has it also when the instance is another's by then", async () => {
    const { instanceId, operationId } = await startedCreate(store);
    await startedDelete(store, instanceId);
    expect(await store.ledger.end(ending("overtaken", { instanceId, operationId }))).toBe("done");
    expect((await eventsOf(store, instanceId)).slice(-2)).toEqual([
      "operation.canceled",
      "repair.operation-closed",
    ]);
  });
});

describe("a health check that stands still", () => {
  const hourAgo = (column: string, instanceId: string) =>
    store.sql(`update instances set ${column} = ${column} - interval '1 hour' where id = $1`, [
      instanceId,
    ]);

  it("is known since it was first seen so, until it is heard of or forgotten", async () => {
    const { instanceId } = await instanceIn("running", store);
    const stalledMs = () => store.watch.stalledMs(instanceId);
    await hourAgo("created_at", instanceId);
    expect(await stalledMs()).toBeLessThan(10_000);
    await hourAgo("health_stalled_at", instanceId);
    expect(await stalledMs()).toBeGreaterThan(3_590_000);

    const checkedAt = new Date().toISOString();
    await store.ledger.recordHealth({ instanceId, status: "healthy", checkedAt, failures: 0 });
    expect(await stalledMs()).toBeLessThan(10_000);

    await hourAgo("health_checked_at", instanceId);
    await hourAgo("health_checked_at", instanceId);
    await hourAgo("health_stalled_at", instanceId);
    expect(await stalledMs()).toBeGreaterThan(3_590_000);
    await store.watch.forgetStall(instanceId);
    expect(await stalledMs()).toBeLessThan(10_000);
  });

  it("is not known of an instance that does not run", async () => {
    const { instanceId } = await instanceIn("failed", store);
    expect(await store.watch.stalledMs(instanceId)).toBe(0);
    expect(await store.watch.stalledMs(randomUUID())).toBe(0);
  });
});

describe("the states of instances", () => {
  it("say of those that failed whether their clean-up left nothing, once a minute has passed", async () => {
    const [clean, left] = [await startedCreate(store), await startedCreate(store)];
    await store.ledger.end(ending("failed", clean));
    const end = ending("failed", left) as Extract<OperationEnd, { to: "failed" }>;
    const remaining = ["Service pg-orders-1a2b3c4d"];
    await store.ledger.end({ ...end, failure: { ...end.failure, remaining } });
    const ids = [clean.instanceId, left.instanceId];
    const cleanedUp = async () => {
      const states = await store.watch.statesOf(ids);
      return ids.map((id) => states.get(id)?.cleanedUp);
    };
    expect(await cleanedUp()).toEqual([false, false]);
    await store.sql("update instances set updated_at = updated_at - interval '1 minute'");
    expect(await cleanedUp()).toEqual([true, false]);
  });

  it("are those of the ones that are known, whatever else is asked for", async () => {
    const running = await instanceIn("running", store);
    const deleted = await instanceIn("deleted", store);
    const asked = [running.instanceId, deleted.instanceId, randomUUID(), "another", ""];
    expect(await store.watch.statesOf(asked)).toEqual(
      new Map([
        [running.instanceId, { state: "running", namespace: "toygres" }],
        [
          deleted.instanceId,
          { state: "deleted", namespace: "toygres", deletedAt: expect.any(String) as string },
        ],
      ]),
    );
    expect(await store.watch.statesOf([])).toEqual(new Map());
  });
});

describe("the locks of the watchdog", () => {
  it("let the look for orphans and the sweep go on beside each other, and neither beside itself", async () => {
    const seen: (string | boolean)[] = [];
    const trying = async (duty: Duty, name: string) =>
      seen.push(await store.watch.exclusively(async () => void seen.push(name), duty));
    await store.watch.exclusively(async () => {
      await trying({ orphansIn: "toygres" }, "orphans");
      await trying("sweep", "sweep");
    });
    expect(seen).toEqual(["orphans", true, false]);
  });

  it("let two apps look through different namespaces at once, and one through each", async () => {
    const other = createMetadata({ address: { url: store.url }, poolSize: 3, log: store.log });
    try {
      const seen: (string | boolean)[] = [];
      const mine = async () => {
        for (const name of ["mine", "yours"]) {
          const duty = { orphansIn: name };
          seen.push(await other.watch.exclusively(async () => void seen.push(name), duty));
        }
      };
      expect(await store.watch.exclusively(mine, { orphansIn: "mine" })).toBe(true);
      expect(seen).toEqual([false, "yours", true]);
    } finally {
      await other.close();
    }
  });

  it("of namespaces have a first key of their own, so that they meet no other lock", async () => {
    const keys = async () =>
      store.sql(
        `select classid::int as first, objid::bigint as second from pg_locks
         where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
         order by first`,
      );
    let held: Record<string, unknown>[] = [];
    await store.watch.exclusively(async () => {
      await store.watch.exclusively(async () => void (held = await keys()), { orphansIn: "a" });
    });
    expect(held).toMatchObject([{ first: 0x546f7967, second: "2" }, { first: 0x546f7968 }]);
    expect(await keys()).toEqual([]);
  });
});
