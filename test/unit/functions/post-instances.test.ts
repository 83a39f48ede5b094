import { DomainError } from "../../../src/domain/errors.ts";
import { postInstances } from "../../../src/functions/post-instances.ts";
import { api, GENERATED_PASSWORD } from "../../support/api.ts";
import { anInstance, MemoryCatalog } from "../../support/memory-catalog.ts";

const PASSWORD = "correct horse battery";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("POST /instances", () => {
  it("writes what was asked for with the defaults, starts it and says where to look", async () => {
    const { call, catalog, calls } = api();
    const { status, headers, body } = await call(postInstances, { body: { name: "orders" } });

    const [request] = catalog.created;
    expect(status).toBe(202);
    expect(headers).toEqual({
      location: `/instances/${request!.instanceId}`,
      "operation-location": `/operations/${request!.operationId}`,
      "retry-after": "2",
      "cache-control": "no-store",
    });
    expect(body).toMatchObject({
      instance: { id: request!.instanceId, name: "orders", state: "creating" },
      operation: { id: request!.operationId, kind: "create", status: "notStarted" },
      password: GENERATED_PASSWORD,
    });
    expect(request).toMatchObject({
      instanceId: expect.stringMatching(UUID) as unknown,
      operationId: expect.stringMatching(UUID) as unknown,
      spec: {
        name: "orders",
        postgresVersion: "18",
        storageSizeGb: 10,
        useLoadBalancer: true,
        allowedCidrs: ["203.0.113.0/24"],
        namespace: "toygres",
      },
      passwordVerifier: "verifier of 32 characters",
      maxInstances: 100,
    });
    const { instanceId, operationId, spec } = request!;
    expect(calls).toEqual([
      ["startOperation", { id: operationId, kind: "create", input: { ...spec, instanceId } }],
    ]);
  });

  it("keeps no password that a client chose, and does not send it back", async () => {
    const { call, catalog } = api();
    const { body, everything } = await call(postInstances, {
      body: { name: "orders", password: PASSWORD },
    });
    expect(body).not.toHaveProperty("password");
    expect(everything).not.toContain(PASSWORD);
    expect(JSON.stringify(catalog.created)).not.toContain(PASSWORD);
  });

  it("is accepted also when the start fails, and logs why", async () => {
    const { call } = api({
      workflows: {
        startOperation: async () => {
          throw new DomainError("durable-unavailable", "the backend is away");
        },
      },
    });
    const { status, everything } = await call(postInstances, { body: { name: "orders" } });
    expect(status).toBe(202);
    expect(everything).toContain("operation.start-failed");
  });

  it("is accepted within seconds also when the backend never answers", async () => {
    const startedAt = performance.now();
    const { call } = api({
      workflows: { startOperation: () => Promise.withResolvers<never>().promise },
    });
    const { status } = await call(postInstances, { body: { name: "orders" } });
    expect(status).toBe(202);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  it("points to the name when it is taken", async () => {
    const catalog = new MemoryCatalog({ instances: [anInstance({ name: "orders" })] });
    const { status, body } = await api({ catalog }).call(postInstances, {
      body: { name: "orders" },
    });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: "name-taken",
      errors: [{ pointer: "/name", code: "taken" }],
    });
  });

  it("says 503 and when to come back while the metadata is away", async () => {
    class Away extends MemoryCatalog {
      override async requestCreate(): Promise<never> {
        throw new DomainError("metadata-unavailable", "the metadata database does not answer");
      }
    }
    const { status, headers } = await api({ catalog: new Away() }).call(postInstances, {
      body: { name: "orders" },
    });
    expect(status).toBe(503);
    expect(headers).toHaveProperty("retry-after");
  });

  describe("with an Idempotency-Key", () => {
    const headers = { "idempotency-key": "key-1" };

    it("answers again with the same operation, but not with the password", async () => {
      const { call, catalog, calls } = api();
      const first = await call(postInstances, { headers, body: { name: "orders" } });
      const second = await call(postInstances, { headers, body: { name: "orders" } });

      expect(first.headers).not.toHaveProperty("idempotency-replayed");
      expect(second.status).toBe(202);
      expect(second.headers).toMatchObject({ "idempotency-replayed": "true" });
      expect(second.body).toMatchObject({
        operation: { id: catalog.created[0]!.operationId },
        passwordOmitted: true,
      });
      expect(second.everything).not.toContain(GENERATED_PASSWORD);
      expect([catalog.created.length, calls.length]).toEqual([1, 1]);
    });

    it("takes the same request for the same, whatever its order, its defaults and its password", async () => {
      const { call } = api();
      const first = { name: "orders", useLoadBalancer: true, password: PASSWORD };
      const again = { useLoadBalancer: true, storageSizeGb: 10, name: "orders" };
      await call(postInstances, { headers, body: first });
      const { status } = await call(postInstances, { headers, body: again });
      expect(status).toBe(202);
    });

    it("refuses the key for another request", async () => {
      const { call } = api();
      await call(postInstances, { headers, body: { name: "orders" } });
      const { status, body } = await call(postInstances, { headers, body: { name: "other" } });
      expect([status, body]).toMatchObject([422, { code: "idempotency-key-reused" }]);
    });

    it.each([
      ["an empty one", ""],
      ["one of 201 characters", "k".repeat(201)],
      ["one with a blank", "a b"],
      ["one with an umlaut", "schlüssel"],
    ])("refuses %s, and writes nothing", async (_what, key) => {
      const { call, catalog } = api();
      const { status, body } = await call(postInstances, {
        headers: { "idempotency-key": key },
        body: { name: "orders" },
      });
      expect(status).toBe(400);
      expect(body).toMatchObject({ errors: [{ pointer: "/headers/idempotency-key" }] });
      expect(catalog.created).toEqual([]);
    });

    it("takes one of 200 characters", async () => {
      const { call } = api();
      const { status } = await call(postInstances, {
        headers: { "idempotency-key": "k".repeat(200) },
        body: { name: "orders" },
      });
      expect(status).toBe(202);
    });
  });
});
