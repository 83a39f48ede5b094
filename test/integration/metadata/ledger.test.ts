import { randomUUID } from "node:crypto";
import { withPostgres } from "../../support/postgres.ts";
import {
  codeOf,
  instanceIn,
  newStore,
  startedCreate,
  startedDelete,
  VERIFIER,
  type Store,
} from "./fixtures.ts";

const server = withPostgres();
let store: Store;

beforeAll(async () => {
  store = await newStore(server, 20);
});
afterAll(() => store.close());

describe("the other methods of the ledger", () => {
  it("say whether the instance is wanted", async () => {
    const wanted = await startedCreate(store);
    const check = (id: string, operation: string) =>
      codeOf(store.ledger.assertWanted(id, operation));
    expect(await check(wanted.instanceId, wanted.operationId)).toBeUndefined();
    await store.catalog.requestCancel(wanted.operationId);
    expect(await check(wanted.instanceId, wanted.operationId)).toBe("canceled");
    await startedDelete(store, wanted.instanceId);
    expect(await check(wanted.instanceId, wanted.operationId)).toBe("overtaken");
    expect(await check(randomUUID(), wanted.operationId)).toBe("overtaken");
  });

  it("give the verifier until it is forgotten", async () => {
    const { instanceId } = await startedCreate(store);
    expect(await store.ledger.passwordVerifier(instanceId)).toBe(VERIFIER);
    await store.ledger.forgetPasswordVerifier(instanceId);
    await store.ledger.forgetPasswordVerifier(instanceId);
    expect(await store.ledger.passwordVerifier(instanceId)).toBeUndefined();
    expect(await store.ledger.passwordVerifier(randomUUID())).toBeUndefined();
  });

  it("show an operation, its instance and whether it was canceled", async () => {
    const { instanceId, operationId } = await startedCreate(store);
    const facts = { operation: { id: operationId }, instance: { id: instanceId } };
    const before = await store.ledger.findOperation(operationId);
    expect(before).toMatchObject({ ...facts, cancelRequested: false });
    await store.catalog.requestCancel(operationId);
    const after = await store.ledger.findOperation(operationId);
    expect(after).toMatchObject({ ...facts, cancelRequested: true });
    expect(await store.ledger.findOperation("unknown")).toBeUndefined();
  });

  it("write health without moving updatedAt, with one event a change, until a delete comes", async () => {
    const { instanceId } = await instanceIn("running", store);
    const record = (status: "healthy" | "unhealthy", failures: number) =>
      store.ledger.recordHealth({
        instanceId,
        status,
        checkedAt: "2026-01-02T03:04:05.678Z",
        latencyMs: 1.5,
        failures,
        ...(failures > 0 && { message: "pod is Pending" }),
      });
    const before = await store.catalog.findInstance(instanceId);
    for (const time of ["first", "again"]) {
      expect({ time, written: await record("healthy", 0) }).toEqual({ time, written: true });
    }
    const healthy = await store.catalog.findInstance(instanceId);
    expect(healthy).toEqual({
      ...before,
      healthStatus: "healthy",
      healthCheckedAt: "2026-01-02T03:04:05.678Z",
      healthLatencyMs: 1.5,
    });
    await record("unhealthy", 3);
    expect(await store.catalog.findInstance(instanceId)).toMatchObject({
      healthStatus: "unhealthy",
      healthFailures: 3,
      healthMessage: "pod is Pending",
    });
    const { items } = await store.catalog.listEvents(instanceId, { limit: 50 });
    const changes = items.filter(({ type }) => type === "health.changed");
    expect(changes.map(({ message }) => message)).toEqual([
      "unknown → healthy",
      "healthy → unhealthy: pod is Pending",
    ]);
    await startedDelete(store, instanceId);
    expect(await record("healthy", 0)).toBe(false);
    expect(await store.catalog.findInstance(instanceId)).toMatchObject({ healthStatus: "unknown" });
  });

  it("store the health check and the certificate's reach only while the instance is wanted", async () => {
    const { instanceId } = await instanceIn("running", store);
    const id = `health-${instanceId}`;
    expect(await store.ledger.setHealthCheck(instanceId, id)).toBe(true);
    expect(await store.ledger.setHealthCheck(instanceId, id)).toBe(true);
    await store.ledger.setAddress(instanceId, { certificateCoversAddress: false });
    await store.ledger.setAddress(instanceId, { certificateCoversAddress: false });
    expect(await store.ledger.findInstance(instanceId)).toMatchObject({
      healthCheckOrchestrationId: id,
      certificateCoversAddress: false,
    });
    await startedDelete(store, instanceId);
    await store.ledger.setAddress(instanceId, { certificateCoversAddress: true });
    expect(await store.ledger.setHealthCheck(instanceId, "other")).toBe(false);
    expect(await store.ledger.findInstance(instanceId)).toMatchObject({
      healthCheckOrchestrationId: id,
      certificateCoversAddress: false,
    });
  });
});
