import { randomUUID } from "node:crypto";
import fc from "fast-check";
import type { Instance } from "../../../src/domain/instance.ts";
import type { Page } from "../../../src/domain/metadata.ts";
import { withPostgres } from "../../support/postgres.ts";
import {
  codeOf,
  createRequest,
  instanceIn,
  newStore,
  startedDelete,
  type Store,
} from "./fixtures.ts";

const server = withPostgres();
let store: Store;

beforeAll(async () => {
  store = await newStore(server);
});
afterAll(() => store.close());

/** Instances that were made at these milliseconds; equal ones share their time. */
async function insert(times: readonly number[]): Promise<void> {
  await store.sql(
    `insert into instances (id, name, namespace, k8s_name, postgres_version, storage_size_gb,
       use_load_balancer, allowed_cidrs, created_at)
     select id, 'p-' || left(id::text, 20), 'toygres', 'pg', '18', 10, false, '{}',
       'epoch'::timestamptz + ms * interval '1 millisecond'
     from unnest($1::uuid[], $2::integer[]) as made (id, ms)`,
    [times.map(() => randomUUID()), times],
  );
}

async function all<T>(next: (cursor?: string) => Promise<Page<T>>): Promise<readonly T[]> {
  const { items, nextCursor } = await next();
  return nextCursor === undefined ? items : [...items, ...(await all(() => next(nextCursor)))];
}

describe("the pages of a list", () => {
  it("joined are the whole list in its order, whatever newer rows come in between", async () => {
    const times = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 15 });
    await fc.assert(
      fc.asyncProperty(times, fc.integer({ min: 1, max: 6 }), async (made, limit) => {
        await store.sql("truncate instances cascade");
        await insert(made);
        const whole = await store.catalog.listInstances({ limit: 200 });

        const joined: Instance[] = [];
        let cursor: string | undefined;
        do {
          const page = await store.catalog.listInstances({ limit, cursor });
          joined.push(...page.items);
          cursor = page.nextCursor;
          await insert([10]);
        } while (cursor !== undefined);

        expect(joined.map(({ id }) => id)).toEqual(whole.items.map(({ id }) => id));
        const created = joined.map(({ createdAt }) => createdAt);
        expect(created).toEqual([...created].sort().reverse());
      }),
      { numRuns: 25 },
    );
  });

  it("of a timeline are oldest first, and end with what came meanwhile", async () => {
    const instanceId = randomUUID();
    const record = (message: string) =>
      store.catalog.recordEvent({ instanceId, type: "test.noted", message, data: { a: 1 } });
    for (const message of ["1", "2", "3"]) await record(message);
    const first = await store.catalog.listEvents(instanceId, { limit: 2 });
    await record("4");
    const rest = await store.catalog.listEvents(instanceId, { limit: 2, cursor: first.nextCursor });
    const messages = [...first.items, ...rest.items].map(({ message }) => message);
    expect(messages).toEqual(["1", "2", "3", "4"]);
    expect(rest).not.toHaveProperty("nextCursor");
    expect(first.items[0]).toMatchObject({ data: { a: 1 } });
    expect(await store.catalog.listEvents("no-uuid", { limit: 2 })).toEqual({ items: [] });
  });

  it("of operations are newest first, by instance, kind and status", async () => {
    const { instanceId, operationId } = await instanceIn("running", store);
    const deletion = await startedDelete(store, instanceId);
    const ids = async (filter: object) => {
      const list = (cursor?: string) =>
        store.catalog.listOperations({ instanceId, limit: 1, cursor, ...filter });
      return (await all(list)).map(({ id }) => id);
    };
    expect(await ids({})).toEqual([deletion.operationId, operationId]);
    expect(await ids({ kind: "create" })).toEqual([operationId]);
    expect(await ids({ status: "running" })).toEqual([deletion.operationId]);
    expect(await ids({ instanceId: randomUUID() })).toEqual([]);
    expect(await ids({ instanceId: "no-uuid" })).toEqual([]);
  });

  it("leave deleted instances out, unless they are asked for", async () => {
    const gone = await instanceIn("deleted", store);
    const name = gone.instanceName;
    await store.catalog.requestCreate(createRequest({ name }));
    const states = async (filter: object) => {
      const { items } = await store.catalog.listInstances({ limit: 200, name, ...filter });
      return items.map(({ state }) => state);
    };
    expect(await states({})).toEqual(["creating"]);
    expect(await states({ state: "deleted" })).toEqual(["deleted"]);
    expect(await states({ health: "healthy" })).toEqual([]);
    expect(await states({ health: "unknown" })).toEqual(["creating"]);
  });

  it("refuse a cursor that is not theirs", async () => {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const at = "2026-01-01T00:00:00.000Z";
    const cursors = [
      "",
      "nonsense",
      encode({}),
      encode(["operations", at, "x"]),
      encode(["instances", "yesterday", randomUUID()]),
      encode(["instances", at, "'; drop table instances"]),
      encode(["instances", "0000-01-01T00:00:00Z", randomUUID()]),
    ];
    for (const cursor of cursors) {
      const list = store.catalog.listInstances({ limit: 1, cursor });
      await expect(list).rejects.toMatchObject({
        code: "invalid-request",
        details: { pointer: "/cursor" },
      });
    }
    const operations = store.catalog.listOperations({
      limit: 1,
      cursor: encode(["operations", at, "a\0b"]),
    });
    expect(await codeOf(operations)).toBe("invalid-request");
    const events = store.catalog.listEvents(randomUUID(), { limit: 1, cursor: "%%" });
    expect(await codeOf(events)).toBe("invalid-request");
  });
});
