import { DomainError } from "../../../src/domain/errors.ts";
import { deleteInstance } from "../../../src/functions/delete-instance.ts";
import { getInstanceCa } from "../../../src/functions/get-instance-ca.ts";
import { getInstanceEvents } from "../../../src/functions/get-instance-events.ts";
import { getInstance } from "../../../src/functions/get-instance.ts";
import { getInstances } from "../../../src/functions/get-instances.ts";
import { api, CA, cluster } from "../../support/api.ts";
import { anInstance, MemoryCatalog } from "../../support/memory-catalog.ts";

const orders = anInstance();
const withOrders = () => ({ catalog: new MemoryCatalog({ instances: [orders] }) });

describe("GET /instances/{id}", () => {
  it.each([
    ["its id", orders.id],
    ["its id in capitals", orders.id.toUpperCase()],
    ["its name", "orders"],
  ])("answers by %s", async (_what, id) => {
    const { status, body } = await api(withOrders()).call(getInstance, { params: { id } });
    expect([status, body]).toEqual([200, orders]);
  });

  it.each([
    "nothing-here",
    "1a2b3c4d-0000-4000-8000-00000000000f",
    "Orders",
    "orders%2Fevents",
    "orders%2f",
    "or ders",
    "..",
    "orders;drop",
    "aufträge",
    "a".repeat(2_000),
    "'",
    "",
  ])("is 404 for %s", async (id) => {
    const { body } = await api(withOrders()).call(getInstance, { params: { id } });
    expect(body).toMatchObject({ status: 404, code: "instance-not-found" });
    expect(JSON.stringify(body).length).toBeLessThan(600);
  });

  it("says what an id looks like when this cannot be one", async () => {
    const { body } = await api().call(getInstance, { params: { id: "Orders" } });
    expect(body).toMatchObject({ detail: expect.stringContaining("lower-case") as unknown });
  });
});

describe("GET /instances", () => {
  it("asks for 50 when no limit is given", async () => {
    const { call, catalog } = api();
    const { body } = await call(getInstances);
    expect([body, catalog.filters]).toEqual([{ items: [] }, [{ limit: 50 }]]);
  });

  it("passes on what is filtered by", async () => {
    const { call, catalog } = api();
    await call(getInstances, {
      query: Object.entries({
        limit: "200",
        cursor: "YWJj",
        state: "deleted",
        health: "unhealthy",
        name: "orders",
      }),
    });
    expect(catalog.filters).toEqual([
      { limit: 200, cursor: "YWJj", state: "deleted", health: "unhealthy", name: "orders" },
    ]);
  });

  it.each([
    ["limit", "0", "too-small"],
    ["limit", "201", "too-large"],
    ["limit", "-1", "bad-format"],
    ["limit", "1.5", "bad-format"],
    ["limit", "ten", "bad-format"],
    ["limit", "", "bad-format"],
    ["cursor", "{}", "bad-format"],
    ["cursor", "", "bad-format"],
    ["cursor", "a".repeat(501), "bad-format"],
    ["state", "stopped", "not-allowed"],
    ["state", "", "not-allowed"],
    ["health", "sick", "not-allowed"],
    ["name", "Orders", "bad-format"],
    ["page", "2", "unknown-parameter"],
    ["Limit", "2", "unknown-parameter"],
    ["__proto__", "2", "unknown-parameter"],
  ])("refuses ?%s=%s", async (name, value, code) => {
    const { body } = await api().call(getInstances, { query: [[name, value]] });
    expect(body).toMatchObject({
      status: 400,
      code: "invalid-request",
      errors: [{ pointer: `/query/${name}`, code }],
    });
  });

  it("refuses a parameter that is given twice", async () => {
    const twice = [
      ["state", "running"],
      ["state", "failed"],
    ] as const;
    const joined = [["state", "running,failed"]] as const;
    for (const query of [twice, joined]) {
      const { body } = await api().call(getInstances, { query });
      expect(body).toMatchObject({ errors: [{ pointer: "/query/state", code: "not-allowed" }] });
    }
  });
});

describe("DELETE /instances/{id}", () => {
  it("starts a delete and answers with its operation", async () => {
    const { catalog } = withOrders();
    const { call, calls } = api({ catalog });
    const { status, headers, body } = await call(deleteInstance, { params: { id: "orders" } });

    const { operationId } = catalog.deleted[0]!;
    expect(status).toBe(202);
    expect(headers).toEqual({
      "operation-location": `/operations/${operationId}`,
      "retry-after": "2",
    });
    expect(body).toMatchObject({ id: operationId, kind: "delete", status: "notStarted" });
    const input = { instanceId: orders.id, instanceName: "orders", namespace: "toygres" };
    expect(calls).toEqual([["startOperation", { id: operationId, kind: "delete", input }]]);
  });

  it("answers the same operation to the same key, and starts it once", async () => {
    const { call, calls } = api(withOrders());
    const again = { params: { id: "orders" }, headers: { "idempotency-key": "key-1" } };
    const first = await call(deleteInstance, again);
    const second = await call(deleteInstance, again);
    expect(second.body).toEqual(first.body);
    expect(second.headers).toMatchObject({ "idempotency-replayed": "true" });
    expect(calls).toHaveLength(1);
  });

  it("is 404 for what is gone", async () => {
    const { body } = await api().call(deleteInstance, { params: { id: "orders" } });
    expect(body).toMatchObject({ status: 404, code: "instance-not-found" });
  });
});

describe("GET /instances/{id}/events", () => {
  it("lists the timeline of the instance", async () => {
    const { catalog } = withOrders();
    await catalog.recordEvent({
      instanceId: orders.id,
      type: "instance.running",
      message: "it runs",
    });
    const { status, body } = await api({ catalog }).call(getInstanceEvents, {
      params: { id: "orders" },
      query: [["limit", "10"]],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ items: [{ type: "instance.running", message: "it runs" }] });
  });

  it("is 404 for an unknown instance", async () => {
    const { status } = await api().call(getInstanceEvents, { params: { id: "orders" } });
    expect(status).toBe(404);
  });
});

describe("GET /instances/{id}/ca.pem", () => {
  it("is the CA and nothing else", async () => {
    const { status, headers, body } = await api(withOrders()).call(getInstanceCa, {
      params: { id: "orders" },
    });
    expect([status, body]).toEqual([200, CA]);
    expect(headers).toEqual({ "content-type": "application/x-pem-file" });
  });

  it("is 409 as long as there is none", async () => {
    const { body } = await api({
      catalog: new MemoryCatalog({ instances: [anInstance({ state: "creating" })] }),
      cluster: { ...cluster, readSecret: async () => undefined },
    }).call(getInstanceCa, { params: { id: "orders" } });
    expect(body).toMatchObject({
      status: 409,
      code: "instance-not-running",
      detail: expect.stringContaining("creating") as unknown,
    });
  });

  it.each(["deleting", "deleted"] as const)(
    "is 409 for an instance that is %s, without asking the cluster",
    async (state) => {
      const { status } = await api({
        catalog: new MemoryCatalog({ instances: [anInstance({ state })] }),
        cluster: {
          ...cluster,
          readSecret: async () => Promise.reject(new Error("the cluster was asked")),
        },
      }).call(getInstanceCa, { params: { id: orders.id } });
      expect(status).toBe(409);
    },
  );

  it.each(["cluster-refused", "cluster-conflict", "secret-unreadable", "foreign-object"] as const)(
    "says cluster-unavailable where a workflow would meet %s",
    async (code) => {
      const refused = new DomainError(code, "its own words");
      const { body } = await api({
        ...withOrders(),
        cluster: { ...cluster, readSecret: async () => Promise.reject(refused) },
      }).call(getInstanceCa, { params: { id: "orders" } });
      expect(body).toMatchObject({
        status: 503,
        code: "cluster-unavailable",
        detail: expect.stringContaining("its own words") as unknown,
      });
    },
  );

  it("is 503 while the cluster is away", async () => {
    const away = new DomainError("cluster-unavailable", "the cluster does not answer");
    const { body, headers } = await api({
      ...withOrders(),
      cluster: { ...cluster, readSecret: async () => Promise.reject(away) },
    }).call(getInstanceCa, { params: { id: "orders" } });
    expect(body).toMatchObject({ status: 503, code: "cluster-unavailable" });
    expect(headers).toHaveProperty("retry-after");
  });
});
