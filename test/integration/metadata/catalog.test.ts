import { randomUUID } from "node:crypto";
import { withPostgres } from "../../support/postgres.ts";
import {
  codeOf,
  createRequest,
  ending,
  instanceIn,
  newStore,
  startedCreate,
  VERIFIER,
  type Store,
} from "./fixtures.ts";

const server = withPostgres();
let store: Store;

beforeAll(async () => {
  store = await newStore(server, 20);
});
afterAll(() => store.close());

const many = (count: number) => Array.from({ length: count }, (_, index) => index);

/** How often each answer was given. */
async function tally(promises: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const answer of await Promise.all(promises.map(codeOf))) {
    const key = typeof answer === "string" ? answer : "accepted";
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

describe("a request to create", () => {
  it("leaves an instance that is creating and an operation with its input and no password", async () => {
    const request = createRequest({ name: "orders", dnsLabel: "orders-db" });
    const { instance, operation, replayed } = await store.catalog.requestCreate(request);

    expect(replayed).toBe(false);
    expect(instance).toMatchObject({
      id: request.instanceId,
      name: "orders",
      state: "creating",
      healthStatus: "unknown",
      healthFailures: 0,
      allowedCidrs: ["10.0.0.0/8"],
      operationId: request.operationId,
    });
    expect(Object.values(instance)).not.toContain(null);
    expect(operation).toMatchObject({
      id: request.operationId,
      kind: "create",
      status: "notStarted",
    });
    expect(Date.parse(operation.deadlineAt) - Date.parse(operation.createdAt)).toBe(15 * 60_000);
    const [row] = await store.sql("select input from operations where id = $1", [operation.id]);
    expect(row).toEqual({
      input: {
        instanceId: request.instanceId,
        name: "orders",
        namespace: "toygres",
        postgresVersion: "18",
        storageSizeGb: 10,
        useLoadBalancer: true,
        dnsLabel: "orders-db",
        allowedCidrs: ["10.0.0.0/8"],
      },
    });
    const { items } = await store.catalog.listEvents(instance.id, { limit: 10 });
    expect(items.map(({ type }) => type)).toEqual(["instance.requested"]);
  });

  it("takes a name once, when 50 ask for it at the same time", async () => {
    const answers = await tally(
      many(50).map(() => store.catalog.requestCreate(createRequest({ name: "contended" }))),
    );
    expect(answers).toEqual({ accepted: 1, "name-taken": 49 });
  });

  it("takes a DNS label once, when 20 ask for it at the same time", async () => {
    const answers = await tally(
      many(20).map(() => store.catalog.requestCreate(createRequest({ dnsLabel: "contended" }))),
    );
    expect(answers).toEqual({ accepted: 1, "dns-label-taken": 19 });
  });

  it("says which operation is in the way of a name", async () => {
    const first = await store.catalog.requestCreate(createRequest({ name: "in-the-way" }));
    await expect(
      store.catalog.requestCreate(createRequest({ name: "in-the-way" })),
    ).rejects.toMatchObject({ code: "name-taken", details: { operationId: first.operation.id } });
  });

  it("keeps the quota, when 50 ask at the same time", async () => {
    const limited = await newStore(server, 20);
    try {
      const answers = await tally(
        many(50).map(() => limited.catalog.requestCreate(createRequest({}, { maxInstances: 10 }))),
      );
      expect(answers).toEqual({ accepted: 10, "quota-exceeded": 40 });
      const [count] = await limited.sql(
        `select (select count(*)::int from instances) as instances,
           (select count(*)::int from operations) as operations,
           (select count(*)::int from instance_events) as events`,
      );
      expect(count).toEqual({ instances: 10, operations: 10, events: 10 });
    } finally {
      await limited.close();
    }
  });

  it("frees the name and the quota only when the instance is deleted", async () => {
    const failed = await instanceIn("failed", store);
    const again = () => store.catalog.requestCreate(createRequest({ name: failed.instanceName }));
    expect(await codeOf(again())).toBe("name-taken");

    const deletion = await store.catalog.requestDelete({
      operationId: randomUUID(),
      instance: failed.instanceName,
    });
    expect(await codeOf(again())).toBe("name-taken");

    const ids = { instanceId: failed.instanceId, operationId: deletion.operation.id };
    await store.ledger.end(ending("deleted", ids));
    expect(await codeOf(again())).toMatchObject({ replayed: false });
  });
});

describe("an idempotency key", () => {
  const keyed = (key: string, requestHash = "same") => ({
    idempotency: { key, scope: "POST /instances", requestHash },
  });

  it("gives one operation and 19 replays, when 20 requests have it at the same time", async () => {
    const answers = await Promise.all(
      many(20).map(() =>
        store.catalog.requestCreate(createRequest({ name: "once" }, keyed("k20"))),
      ),
    );
    expect(new Set(answers.map(({ operation }) => operation.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => replayed)).toHaveLength(19);
  });

  it("is refused with another request", async () => {
    await store.catalog.requestCreate(createRequest({}, keyed("reused")));
    const other = store.catalog.requestCreate(createRequest({}, keyed("reused", "another")));
    expect(await codeOf(other)).toBe("idempotency-key-reused");
  });

  it("is free again after a request that was refused", async () => {
    await store.catalog.requestCreate(createRequest({ name: "held" }));
    const refused = store.catalog.requestCreate(createRequest({ name: "held" }, keyed("free")));
    expect(await codeOf(refused)).toBe("name-taken");
    const other = await store.catalog.requestCreate(createRequest({}, keyed("free", "another")));
    expect(other.replayed).toBe(false);
  });

  it("answers the operation in its present state", async () => {
    const request = createRequest({}, keyed("present"));
    await store.catalog.requestCreate(request);
    const { instanceId, operationId } = request;
    await store.ledger.end(ending("failed", { instanceId, operationId }));
    const again = await store.catalog.requestCreate(createRequest({}, keyed("present")));
    expect(again).toMatchObject({
      replayed: true,
      operation: { id: operationId, status: "failed" },
      instance: { state: "failed" },
    });
  });

  it("answers the delete that it led to, also when the instance is gone", async () => {
    const { instanceId } = await instanceIn("running", store);
    const scope = `DELETE /instances/${instanceId}`;
    const request = (key: string) => ({
      operationId: randomUUID(),
      instance: instanceId,
      idempotency: { key, scope, requestHash: "-" },
    });
    const first = await store.catalog.requestDelete(request("one"));
    const second = await store.catalog.requestDelete(request("two"));
    expect(second).toMatchObject({ replayed: false, operation: { id: first.operation.id } });

    await store.ledger.end(ending("deleted", { instanceId, operationId: first.operation.id }));
    const replay = await store.catalog.requestDelete(request("two"));
    expect(replay).toMatchObject({
      replayed: true,
      operation: { id: first.operation.id, status: "succeeded" },
    });
    expect(await codeOf(store.catalog.requestDelete(request("three")))).toBe("instance-not-found");
  });
});

describe("a request to delete", () => {
  const remove = (instance: string) =>
    store.catalog.requestDelete({ operationId: randomUUID(), instance });

  it.each(["creating", "running", "failed"] as const)("moves a %s instance", async (state) => {
    const { instanceId, instanceName } = await instanceIn(state, store);
    const { instance, operation } = await remove(instanceName);
    expect(instance).toMatchObject({
      id: instanceId,
      state: "deleting",
      operationId: operation.id,
    });
    const [row] = await store.sql("select input from operations where id = $1", [operation.id]);
    expect(row).toEqual({ input: { instanceId, instanceName, namespace: "toygres" } });
  });

  it("is one operation, when 20 ask at the same time", async () => {
    const { instanceId } = await instanceIn("running", store);
    const answers = await Promise.all(many(20).map(() => remove(instanceId)));
    expect(new Set(answers.map(({ operation }) => operation.id)).size).toBe(1);
  });

  it("is a new operation when the last one was lost", async () => {
    const { instanceId, operationId } = await instanceIn("deleting", store);
    await store.sql(
      `update operations set status = 'failed', ended_at = now(), error = '{"code":"x","message":"y"}'
       where id = $1`,
      [operationId],
    );
    const { operation, instance } = await remove(instanceId);
    expect(operation.id).not.toBe(operationId);
    expect(instance.state).toBe("deleting");
  });

  it("is refused when nothing is there", async () => {
    const { instanceId, instanceName } = await instanceIn("deleted", store);
    for (const instance of [instanceId, instanceName, "unknown", randomUUID()]) {
      expect(await codeOf(remove(instance))).toBe("instance-not-found");
    }
  });
});

describe("a request to cancel", () => {
  it("answers a running create, again too, and notes it once", async () => {
    const { instanceId, operationId } = await startedCreate(store);
    for (const time of ["first", "second"]) {
      const answer = await store.catalog.requestCancel(operationId);
      expect({ time, status: answer.status }).toEqual({ time, status: "running" });
    }
    const { items } = await store.catalog.listEvents(instanceId, { limit: 10 });
    expect(items.filter(({ type }) => type === "operation.cancel-requested")).toHaveLength(1);
  });

  it("is refused for a delete, for an ended create and for what is unknown", async () => {
    const deletion = await instanceIn("deleting", store);
    const ended = await instanceIn("running", store);
    expect(await codeOf(store.catalog.requestCancel(deletion.operationId))).toBe("not-cancelable");
    expect(await codeOf(store.catalog.requestCancel(ended.operationId))).toBe("not-cancelable");
    expect(await codeOf(store.catalog.requestCancel("unknown"))).toBe("operation-not-found");
  });
});

describe("a lookup", () => {
  it("finds a deleted instance by its UUID and not by its name", async () => {
    const { instanceId, instanceName } = await instanceIn("deleted", store);
    expect(await store.catalog.findInstance(instanceId)).toMatchObject({ state: "deleted" });
    expect(await store.catalog.findInstance(instanceName)).toBeUndefined();
  });

  it("never shows the verifier", async () => {
    const request = createRequest();
    const answer = await store.catalog.requestCreate(request);
    const seen = [
      answer,
      await store.catalog.findInstance(request.instanceId),
      await store.catalog.findOperation(request.operationId),
      await store.catalog.listEvents(request.instanceId, { limit: 10 }),
      await store.ledger.findOperation(request.operationId),
    ];
    expect(JSON.stringify(seen)).not.toContain(VERIFIER);
  });
});
