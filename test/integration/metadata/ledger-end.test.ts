import { randomUUID } from "node:crypto";
import { withPostgres } from "../../support/postgres.ts";
import {
  codeOf,
  ending,
  eventsOf,
  instanceIn,
  newStore,
  startedCreate,
  startedDelete,
  VERIFIER,
  verifierOf,
  type Store,
} from "./fixtures.ts";

const server = withPostgres();
let store: Store;

beforeAll(async () => {
  store = await newStore(server, 20);
});
afterAll(() => store.close());

describe("end", () => {
  it("makes the instance run, keeps its facts and forgets the verifier; again it is done", async () => {
    const create = await startedCreate(store);
    expect(await verifierOf(store, create.instanceId)).toBe(VERIFIER);
    for (const time of ["first", "again"]) {
      const outcome = await store.ledger.end(ending("running", create));
      expect({ time, outcome }).toEqual({ time, outcome: "done" });
    }
    const instance = await store.catalog.findInstance(create.instanceId);
    expect(instance).toMatchObject({
      state: "running",
      serverVersion: "PostgreSQL 18.4",
      ipConnectionString: "postgresql://app@10.0.0.7:5432/app?sslmode=verify-full",
      certificateCoversAddress: true,
    });
    expect(instance).not.toHaveProperty("operationId");
    expect(await store.catalog.findOperation(create.operationId)).toMatchObject({
      status: "succeeded",
      steps: [{ name: "begin-operation" }],
      result: { deploymentTimeSeconds: 12 },
    });
    expect(await verifierOf(store, create.instanceId)).toBeNull();
    expect(await eventsOf(store, create.instanceId)).toEqual([
      "instance.requested",
      "instance.running",
    ]);
  });

  it.each(["failed", "overtaken"] as const)("forgets the verifier at %s", async (to) => {
    const create = await startedCreate(store);
    if (to === "overtaken") await startedDelete(store, create.instanceId);
    expect(await store.ledger.end(ending(to, create))).toBe("done");
    expect(await store.ledger.end(ending(to, create))).toBe("done");
    expect(await store.ledger.passwordVerifier(create.instanceId)).toBeUndefined();
  });

  it("leaves no health at a failure: nobody looks after what has been removed", async () => {
    const create = await startedCreate(store);
    const { instanceId } = create;
    const checkedAt = "2026-11-21T08:00:00.000Z";
    const healthy = {
      instanceId,
      status: "healthy",
      checkedAt,
      failures: 0,
      latencyMs: 3,
    } as const;
    expect(await store.ledger.recordHealth(healthy)).toBe(true);
    expect(await store.ledger.end(ending("failed", create))).toBe("done");

    const instance = await store.catalog.findInstance(instanceId);
    expect(instance).toMatchObject({ state: "failed", healthStatus: "unknown", healthFailures: 0 });
    expect(instance).not.toHaveProperty("healthLatencyMs");
    expect(instance).not.toHaveProperty("healthCheckedAt");
  });

  it("keeps the health that was seen before it runs", async () => {
    const create = await startedCreate(store);
    const { instanceId } = create;
    const checkedAt = "2026-11-21T08:00:00.000Z";
    await store.ledger.recordHealth({ instanceId, status: "healthy", checkedAt, failures: 0 });
    await store.ledger.end(ending("running", create));

    expect(await store.catalog.findInstance(instanceId)).toMatchObject({ healthStatus: "healthy" });
  });

  it("keeps the reason of a failure and what remained", async () => {
    const { instanceId, operationId, token } = await instanceIn("deleting", store);
    const failure = { code: "objects-remain", message: "one is left", remaining: ["Service/x"] };
    const end = { ...ending("failed", { instanceId, operationId, token }), failure };
    expect(await store.ledger.end(end as typeof end & { to: "failed" })).toBe("done");
    expect(await store.catalog.findInstance(instanceId)).toMatchObject({
      state: "failed",
      failure,
    });
    expect(await store.catalog.findOperation(operationId)).toMatchObject({
      status: "failed",
      error: { code: "objects-remain", details: { remaining: ["Service/x"] } },
    });
  });

  it("refuses another execution, and lets monitor-operation close without a token", async () => {
    const create = await startedCreate(store);
    const other = { ...create, token: randomUUID() };
    expect(await codeOf(store.ledger.end(ending("running", other)))).toBe("operation-taken");
    const { instanceId, operationId } = create;
    const lost = ending("failed", { instanceId, operationId }, "orchestration-lost");
    expect(await store.ledger.end(lost)).toBe("done");
    expect(await store.ledger.end(ending("running", create))).toBe("overtaken");
    expect(await store.catalog.findInstance(instanceId)).toMatchObject({
      state: "failed",
      failure: { code: "orchestration-lost" },
    });
  });

  it("lets either the cancel or the end win, never both", async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 25; round += 1) {
      const create = await startedCreate(store);
      const [canceled, outcome] = await Promise.all([
        codeOf(store.catalog.requestCancel(create.operationId)),
        store.ledger.end(ending("running", create)),
      ]);
      const { state } = (await store.catalog.findInstance(create.instanceId))!;
      const cancel = canceled === "not-cancelable" ? canceled : "accepted";
      seen.add(`${cancel} ${outcome} ${state}`);
    }
    const legal = ["not-cancelable done running", "accepted canceled creating"];
    expect([...seen].filter((one) => !legal.includes(one))).toEqual([]);
  });

  it("lets a delete overtake a create", async () => {
    const create = await startedCreate(store);
    const deletion = await startedDelete(store, create.instanceId);
    expect(await store.ledger.end(ending("running", create))).toBe("overtaken");
    expect(await store.ledger.end(ending("failed", create))).toBe("overtaken");
    expect(await store.ledger.end(ending("overtaken", create))).toBe("done");
    expect(await store.catalog.findOperation(create.operationId)).toMatchObject({
      status: "canceled",
      error: { code: "overtaken" },
    });
    expect(await store.ledger.end(ending("deleted", deletion))).toBe("done");
    expect(await store.ledger.end(ending("deleted", deletion))).toBe("done");
    const instance = await store.catalog.findInstance(create.instanceId);
    expect(instance).toMatchObject({ state: "deleted", deletedAt: expect.any(String) as string });
  });

  it("refuses an operation that the instance does not have", async () => {
    const { operationId } = await startedCreate(store);
    const { instanceId, token } = await startedCreate(store);
    const foreign = ending("failed", { instanceId, operationId, token });
    expect(await codeOf(store.ledger.end(foreign))).toBe("operation-not-found");
  });

  it("keeps words that PostgreSQL cannot hold, without what it cannot hold", async () => {
    const create = await startedCreate(store);
    const end = { ...ending("failed", create), failure: { code: "x", message: "a\0b \ud800" } };
    expect(await store.ledger.end(end as typeof end & { to: "failed" })).toBe("done");
    expect(await store.catalog.findInstance(create.instanceId)).toMatchObject({
      failure: { message: "ab \ufffd" },
    });
  });
});
