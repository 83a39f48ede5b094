import type { InstancePlan } from "../../../src/domain/cluster.ts";
import { DomainError } from "../../../src/domain/errors.ts";
import type { Instance } from "../../../src/domain/instance.ts";
import type { ComparedObject, Orphan } from "../../../src/domain/inspection.ts";
import { getInstanceDrift } from "../../../src/functions/get-instance-drift.ts";
import { api } from "../../support/api.ts";
import { anInstance, MemoryCatalog } from "../../support/memory-catalog.ts";

const object = (status: ComparedObject["status"]): ComparedObject => ({
  kind: "Service",
  name: "pg-orders-1a2b3c4d",
  uid: "u",
  status,
  differences: [],
});
const orphan: Orphan = { kind: "Pod", name: "p", uid: "v", leaving: false };

interface Found {
  readonly objects?: readonly ComparedObject[];
  readonly orphans?: readonly Orphan[];
}

async function drift(of: Partial<Instance>, { objects = [], orphans = [] }: Found = {}) {
  const plans: InstancePlan[] = [];
  const instance = anInstance(of);
  const { call } = api({
    catalog: new MemoryCatalog({ instances: [instance] }),
    inspection: {
      compare: async (plan) => {
        plans.push(plan);
        return { objects, orphans };
      },
      leftovers: async () => orphans,
    },
  });
  const answer = await call(getInstanceDrift, { params: { id: instance.id } });
  return { ...answer, body: answer.body as Record<string, unknown>, plans };
}

describe("GET /instances/{id}/drift", () => {
  it("compares a running instance with what would be applied for it, the control plane's ranges included", async () => {
    const { status, body, plans } = await drift(
      { dnsLabel: "orders" },
      { objects: [object("unchanged")] },
    );
    expect(status).toBe(200);
    expect(body).toEqual({
      instanceId: anInstance().id,
      instanceName: "orders",
      state: "running",
      checkedAt: "2026-11-21T08:00:00.000Z",
      drifted: false,
      objects: [object("unchanged")],
      orphans: [],
    });
    expect(plans).toMatchObject([
      {
        instanceId: anInstance().id,
        instanceName: "orders",
        namespace: "toygres",
        postgresVersion: "18",
        storageSizeGb: 10,
        useLoadBalancer: true,
        dnsLabel: "orders",
        allowedCidrs: ["203.0.113.0/24", "198.51.100.7/32"],
      },
    ]);
  });

  it.each([
    ["changed", true],
    ["missing", true],
    ["leaving", true],
    ["foreign", true],
    ["taken-over", false],
    ["outdated", false],
    ["unchanged", false],
  ] as const)("takes an object that is %s as drift: %s", async (status, drifted) => {
    expect((await drift({}, { objects: [object(status)] })).body).toMatchObject({ drifted });
  });

  it("takes what should not be there as drift", async () => {
    expect((await drift({}, { orphans: [orphan] })).body).toMatchObject({ drifted: true });
  });

  it("says of an instance that is being made that it is, and that what is missing may come", async () => {
    const { body } = await drift({ state: "creating" }, { objects: [object("missing")] });
    expect(body).toMatchObject({
      state: "creating",
      drifted: false,
      note: "the instance is being made: what is missing may still come",
    });
    const changed = await drift({ state: "creating" }, { objects: [object("changed")] });
    expect(changed.body).toMatchObject({ drifted: true });
  });

  it.each([
    ["deleted", true],
    ["failed", true],
    ["deleting", false],
  ] as const)("takes all that is there of a %s instance as orphans", async (state, drifted) => {
    const of = { state, ...(state === "deleted" && { deletedAt: "2026-11-21T07:00:00.000Z" }) };
    const { body, plans } = await drift(of, { orphans: [orphan] });
    expect(body).toMatchObject({ state, drifted, objects: [], orphans: [orphan] });
    expect(body["note"]).toEqual(expect.any(String));
    expect(plans).toEqual([]);
    const clean = await drift(of);
    expect(clean.body).toMatchObject({ drifted: false });
    expect(clean.body).not.toHaveProperty("note");
  });

  it("knows no drift of an instance that there is not", async () => {
    const { call } = api();
    const { status, body } = await call(getInstanceDrift, { params: { id: "nobody" } });
    expect([status, body]).toMatchObject([404, { code: "instance-not-found" }]);
  });

  it.each(["cluster-unavailable", "cluster-refused"] as const)(
    "is unavailable while the cluster answers %s",
    async (code) => {
      const { call } = api({
        catalog: new MemoryCatalog({ instances: [anInstance()] }),
        inspection: {
          compare: async () => Promise.reject(new DomainError(code, "no rights on pods")),
          leftovers: async () => [],
        },
      });
      const { status, body, headers } = await call(getInstanceDrift, { params: { id: "orders" } });
      expect([status, body]).toMatchObject([503, { code: "cluster-unavailable" }]);
      expect(headers).toHaveProperty("retry-after");
    },
  );

  it("takes no query", async () => {
    const { call } = api({ catalog: new MemoryCatalog({ instances: [anInstance()] }) });
    const call_ = { params: { id: "orders" }, query: [["all", "1"]] as const };
    expect((await call(getInstanceDrift, call_)).status).toBe(400);
  });
});
