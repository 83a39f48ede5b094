import { randomUUID } from "node:crypto";
import { InstanceSpec } from "../../../src/domain/instance.ts";
import type { BeginRequest } from "../../../src/domain/metadata.ts";
import { withPostgres } from "../../support/postgres.ts";
import {
  codeOf,
  createRequest,
  ending,
  eventsOf,
  newStore,
  startedCreate,
  startedDelete,
  verifierOf,
  type Store,
} from "./fixtures.ts";

const server = withPostgres();
let store: Store;

beforeAll(async () => {
  store = await newStore(server, 20);
});
afterAll(() => store.close());

/** What begin-operation of a create is called with after POST. */
async function requested(): Promise<BeginRequest> {
  const request = createRequest();
  await store.catalog.requestCreate(request);
  return {
    operationId: request.operationId,
    kind: "create",
    token: randomUUID(),
    instanceId: request.instanceId,
    instanceName: request.spec.name,
    namespace: "toygres",
  };
}

/** The same, started directly: no rows are there. */
function direct(name = `d-${randomUUID().slice(0, 8)}`): BeginRequest {
  return {
    operationId: randomUUID(),
    kind: "create",
    token: randomUUID(),
    instanceId: randomUUID(),
    instanceName: name,
    namespace: "toygres",
    spec: InstanceSpec.parse({ name, useLoadBalancer: false }),
  };
}

describe("begin", () => {
  it("takes an operation; the same token again gets the same answer, another one does not", async () => {
    const request = await requested();
    const begun = await store.ledger.begin(request);
    expect(begun).toEqual({ outcome: "begun", deadlineAt: expect.any(String) as string });
    expect(await store.ledger.begin(request)).toEqual(begun);
    expect(await store.ledger.begin({ ...request, token: randomUUID() })).toMatchObject({
      outcome: "taken",
    });
    expect(await store.catalog.findOperation(request.operationId)).toMatchObject({
      status: "running",
      startedAt: expect.any(String) as string,
    });
  });

  it("gives the operation to one of 20 executions", async () => {
    const request = await requested();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => store.ledger.begin({ ...request, token: randomUUID() })),
    );
    expect(answers.filter(({ outcome }) => outcome === "begun")).toHaveLength(1);
    expect(answers.filter(({ outcome }) => outcome === "taken")).toHaveLength(19);
  });

  it("gives an operation that waited long its whole time", async () => {
    const request = await requested();
    await store.sql("update operations set deadline_at = now() - interval '1 hour' where id = $1", [
      request.operationId,
    ]);
    const { deadlineAt } = await store.ledger.begin(request);
    expect(Date.parse(deadlineAt)).toBeGreaterThan(Date.now() + 14 * 60_000);
  });

  it("says that the create was canceled before it began", async () => {
    const request = await requested();
    await store.catalog.requestCancel(request.operationId);
    expect(await store.ledger.begin(request)).toMatchObject({ outcome: "canceled" });
    const end = ending("failed", request, "canceled");
    expect(await store.ledger.end(end)).toBe("done");
    expect(await store.catalog.findOperation(request.operationId)).toMatchObject({
      status: "canceled",
      error: { code: "canceled" },
    });
  });

  it("says that a delete came first", async () => {
    const request = await requested();
    await startedDelete(store, request.instanceId);
    expect(await store.ledger.begin(request)).toMatchObject({ outcome: "overtaken" });
  });

  it("does not take an operation that has ended", async () => {
    const create = await startedCreate(store);
    await store.ledger.end(ending("failed", create));
    const request = { ...create, kind: "create", namespace: "toygres" } as const;
    expect(await store.ledger.begin(request)).toMatchObject({ outcome: "taken" });
  });

  it("makes the rows of a create that was started directly, once", async () => {
    const request = direct();
    const others = Array.from({ length: 5 }, () => ({ ...request, token: randomUUID() }));
    const answers = await Promise.all([request, ...others].map((one) => store.ledger.begin(one)));
    expect(answers.filter(({ outcome }) => outcome === "begun")).toHaveLength(1);
    expect(await store.catalog.findInstance(request.instanceId)).toMatchObject({
      name: request.instanceName,
      state: "creating",
      operationId: request.operationId,
    });
    expect(await verifierOf(store, request.instanceId)).toBeNull();
    expect(await eventsOf(store, request.instanceId)).toEqual(["instance.requested"]);
  });

  it("does not take the instance of another operation", async () => {
    const { instanceId } = await requested();
    const request = { ...direct(), instanceId };
    expect(await store.ledger.begin(request)).toMatchObject({ outcome: "taken" });
    expect(await store.catalog.findOperation(request.operationId)).toBeUndefined();
  });

  it("refuses a name that is taken, and leaves nothing", async () => {
    const { instanceName } = await requested();
    const request = direct(instanceName);
    expect(await codeOf(store.ledger.begin(request))).toBe("name-taken");
    expect(await store.catalog.findInstance(request.instanceId)).toBeUndefined();
  });

  it("moves the instance of a delete that was started directly", async () => {
    const create = await startedCreate(store);
    await store.ledger.setHealthCheck(create.instanceId, "health-1");
    const request = { ...direct(), ...create, kind: "delete", operationId: randomUUID() } as const;
    const begun = await store.ledger.begin(request);
    expect(begun).toMatchObject({
      outcome: "begun",
      runningCreate: create.operationId,
      healthCheckOrchestrationId: "health-1",
    });
    expect(await store.ledger.begin(request)).toEqual(begun);
    expect(await store.catalog.findInstance(create.instanceId)).toMatchObject({
      state: "deleting",
      operationId: request.operationId,
    });
  });

  it("refuses a delete of what is unknown, and leaves nothing", async () => {
    const { spec, ...request } = direct();
    expect(spec).toBeDefined();
    expect(await codeOf(store.ledger.begin({ ...request, kind: "delete" }))).toBe(
      "instance-not-found",
    );
    expect(await store.catalog.findOperation(request.operationId)).toBeUndefined();
  });
});
