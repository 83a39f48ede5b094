import { DomainError } from "../../../src/domain/errors.ts";
import type { Step } from "../../../src/domain/operation.ts";
import { getOperation } from "../../../src/functions/get-operation.ts";
import { getOperations } from "../../../src/functions/get-operations.ts";
import { postOperationCancel } from "../../../src/functions/post-operation-cancel.ts";
import { api } from "../../support/api.ts";
import { anInstance, anOperation, MemoryCatalog } from "../../support/memory-catalog.ts";

const step = (name: string): Step => ({ name, status: "running", attempts: 1 });
const create = anOperation({ steps: [step("of-the-row")] });
const params = { id: create.id };
const having = (...operations: (typeof create)[]) => ({
  catalog: new MemoryCatalog({ operations, instances: [anInstance()] }),
});

describe("GET /operations/{id}", () => {
  it("takes the steps from the orchestration while it runs, and says when to look again", async () => {
    const { call } = api({
      ...having(create),
      workflows: { progress: async () => ({ steps: [step("of-the-orchestration")] }) },
    });
    const { status, headers, body } = await call(getOperation, { params });
    expect([status, headers]).toEqual([200, { "retry-after": "2" }]);
    expect(body).toEqual({ ...create, steps: [step("of-the-orchestration")] });
  });

  it.each([
    ["shows nothing", async () => undefined],
    ["is away", async () => Promise.reject(new DomainError("durable-unavailable", "away"))],
    ["never answers", () => Promise.withResolvers<never>().promise],
  ])("takes the steps from the row when the orchestration %s", async (_what, progress) => {
    const { call } = api({ ...having(create), workflows: { progress } });
    const { status, body } = await call(getOperation, { params });
    expect([status, body]).toEqual([200, create]);
  });

  it.each(["succeeded", "failed", "canceled"] as const)(
    "takes the steps from the row when it has %s, and names no time to look again",
    async (status) => {
      const ended = { ...create, status };
      const { call } = api({
        ...having(ended),
        workflows: { progress: async () => ({ steps: [step("of-the-orchestration")] }) },
      });
      const { headers, body } = await call(getOperation, { params });
      expect([headers, body]).toEqual([{}, ended]);
    },
  );

  it.each(["0b0b0b0b-0000-4000-8000-00000000000f", "a/b", "%2F", "", "x".repeat(2_000)])(
    "is 404 for %s",
    async (id) => {
      const { body } = await api(having(create)).call(getOperation, { params: { id } });
      expect(body).toMatchObject({ status: 404, code: "operation-not-found" });
    },
  );

  it("takes an id as Durable gives it to a child", async () => {
    const id = "4f1c2f8b9d3e4a5b8c7d6e5f4a3b2c1d:0003";
    const { status, body } = await api(having({ ...create, id })).call(getOperation, {
      params: { id },
    });
    expect([status, body]).toMatchObject([200, { id }]);
  });

  it("takes an id in capitals", async () => {
    const { status } = await api(having(create)).call(getOperation, {
      params: { id: create.id.toUpperCase() },
    });
    expect(status).toBe(200);
  });
});

describe("GET /operations", () => {
  it.each([
    ["its name", "orders"],
    ["its id", create.instanceId],
  ])("filters by an instance's %s", async (_what, instance) => {
    const { catalog } = having(create);
    await api({ catalog }).call(getOperations, {
      query: Object.entries({ instance, status: "running", kind: "create" }),
    });
    expect(catalog.filters).toEqual([
      { limit: 50, status: "running", kind: "create", instanceId: create.instanceId },
    ]);
  });

  it("is empty for a name that no instance has", async () => {
    const { status, body } = await api(having(create)).call(getOperations, {
      query: [["instance", "other"]],
    });
    expect([status, body]).toEqual([200, { items: [] }]);
  });

  it.each([
    ["instance", "Orders!", "bad-format"],
    ["status", "done", "not-allowed"],
    ["kind", "update", "not-allowed"],
  ])("refuses ?%s=%s", async (name, value, code) => {
    const { body } = await api().call(getOperations, { query: [[name, value]] });
    expect(body).toMatchObject({ status: 400, errors: [{ pointer: `/query/${name}`, code }] });
  });
});

describe("POST /operations/{id}/cancel", () => {
  it("writes the wish down, wakes the orchestration and answers with the operation", async () => {
    const { call, calls } = api(having(create));
    const { status, headers, body } = await call(postOperationCancel, { params });
    expect([status, body]).toEqual([202, create]);
    expect(headers).toEqual({
      "operation-location": `/operations/${create.id}`,
      "retry-after": "2",
    });
    expect(calls).toEqual([["wake", create.id]]);
  });

  it.each([
    ["cannot be woken", async () => Promise.reject(new DomainError("durable-unavailable", "away"))],
    ["never answers", () => Promise.withResolvers<never>().promise],
  ])("is accepted also when the orchestration %s", async (_what, wake) => {
    const { call } = api({ ...having(create), workflows: { wake } });
    const { status } = await call(postOperationCancel, { params });
    expect(status).toBe(202);
  });

  it("is 409 for a delete", async () => {
    const { body } = await api(having({ ...create, kind: "delete" })).call(postOperationCancel, {
      params,
    });
    expect(body).toMatchObject({ status: 409, code: "not-cancelable" });
  });

  it("is 404 for an unknown operation", async () => {
    const { body } = await api().call(postOperationCancel, { params });
    expect(body).toMatchObject({ status: 404, code: "operation-not-found" });
  });
});
