import { withPostgres } from "../../support/postgres.ts";
import { instanceIn, newStore, startedCreate, ending, type Store } from "./fixtures.ts";

const server = withPostgres();
let store: Store;

beforeAll(async () => {
  store = await newStore(server, 10);
});
afterAll(() => store.close());

const object = (uid: string) => ({ kind: "Secret", name: `secret-${uid}`, uid });

describe("what a clean-up is about to remove", () => {
  it("is kept once by its operation, and given back with all that was kept before", async () => {
    const { operationId } = await instanceIn("deleting", store);
    expect(await store.ledger.noteRemoval(operationId, [])).toEqual([]);
    expect(await store.ledger.noteRemoval(operationId, [object("a"), object("b")])).toEqual([
      object("a"),
      object("b"),
    ]);
    const again = await store.ledger.noteRemoval(operationId, [object("b"), object("c")]);
    expect(again).toEqual([object("a"), object("b"), object("c")]);
    expect(await store.ledger.noteRemoval(operationId, [])).toEqual(again);
  });

  it("is lost by none of those who note it at once", async () => {
    const { operationId } = await instanceIn("deleting", store);
    const uids = Array.from({ length: 20 }, (_, at) => `uid-${at}`);
    await Promise.all(uids.map((uid) => store.ledger.noteRemoval(operationId, [object(uid)])));
    expect(await store.ledger.noteRemoval(operationId, [])).toHaveLength(20);
  });

  it("is nobody's of an operation that there is not, and given back as it came", async () => {
    expect(await store.ledger.noteRemoval("by-hand", [object("a")])).toEqual([object("a")]);
    expect(await store.ledger.noteRemoval("by-hand", [])).toEqual([]);
  });
});

describe("the receipt of a clean-up", () => {
  const cleanup = { removed: [object("a")], remaining: [], looks: { byLabel: 0, byName: 0 } };

  it("stands in the result of an operation that failed, beside its error", async () => {
    const create = await startedCreate(store);
    const end = { ...ending("failed", create), result: { cleanup } };
    expect(await store.ledger.end(end as typeof end & { to: "failed" })).toBe("done");
    expect(await store.catalog.findOperation(create.operationId)).toMatchObject({
      status: "failed",
      error: { code: "pod-cannot-start" },
      result: { cleanup },
    });
  });

  it.each([
    ["canceled", undefined],
    ["canceled", []],
    ["failed", ["Service pg-orders"]],
  ])("lets a cancel end as %s when remained: %j", async (status, remaining) => {
    const create = await startedCreate(store);
    const failure = { code: "canceled", message: "canceled", ...(remaining && { remaining }) };
    const end = { ...ending("failed", create), failure };
    expect(await store.ledger.end(end as typeof end & { to: "failed" })).toBe("done");
    expect(await store.ledger.end(end as typeof end & { to: "failed" })).toBe("done");
    expect(await store.catalog.findOperation(create.operationId)).toMatchObject({
      status,
      error: { code: "canceled" },
    });
  });
});
