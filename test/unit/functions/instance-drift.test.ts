import type { InstancePlan } from "../../../src/domain/cluster.ts";
import { DomainError } from "../../../src/domain/errors.ts";
import type { Instance } from "../../../src/domain/instance.ts";
import type { ComparedObject, Orphan } from "../../../src/domain/inspection.ts";
import { jsonLog } from "../../../src/durable/log.ts";
import { getInstanceDrift } from "../../../src/functions/get-instance-drift.ts";
import { lookForOrphans } from "../../../src/functions/look-for-orphans.ts";
import { api } from "../../support/api.ts";
import { anInstance, MemoryCatalog } from "../../support/memory-catalog.ts";

const object = (status: ComparedObject["status"]): ComparedObject => ({
  kind: "Service",
  name: "pg-orders-1a2b3c4d",
  uid: "u",
  status,
  differences: [],
});
const ENDED = "2026-11-21T07:00:00.000Z";
const orphan: Orphan = {
  kind: "Pod",
  name: "p",
  uid: "v",
  createdAt: "2026-11-20T07:00:00.000Z",
  foundBy: "label",
  claimed: false,
  leaving: false,
};

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

/** What the look for orphans removes of these, which it finds by the label of an instance that ended then. */
async function removedByTheLook(listed: readonly Orphan[]): Promise<readonly unknown[]> {
  const removals: unknown[] = [];
  const instanceId = "gone";
  const port = {
    exclusively: async (work: () => Promise<void>) => work().then(() => true),
    statesOf: async () =>
      new Map([
        [instanceId, { state: "deleted", namespace: "toygres", deletedAt: ENDED } as const],
      ]),
    noteRepair: async () => true,
    async *labelled() {
      yield listed.map((it) => ({ createdAt: "never", ...it, instanceId }));
    },
    async removeLabelled(target: unknown) {
      removals.push(target);
      return { removed: [], remaining: [] };
    },
  };
  const quiet = () => undefined;
  await lookForOrphans(
    { watch: port, inspection: port, settings: { namespaces: ["toygres"] } },
    jsonLog({ info: quiet, warn: quiet, error: quiet }),
  );
  return removals;
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
    const of = { state, ...(state === "deleted" && { deletedAt: ENDED }) };
    const { body, plans } = await drift(of, { orphans: [orphan] });
    expect(body).toMatchObject({ state, drifted, objects: [], orphans: [orphan] });
    expect(body["note"]).toEqual(expect.any(String));
    expect(plans).toEqual([]);
    const clean = await drift(of);
    expect(clean.body).toMatchObject({ drifted: false });
    expect(clean.body).not.toHaveProperty("note");
  });

  it.each([
    ["what its end has left", {}, true],
    ["what a late step has made", { createdAt: "2026-11-21T07:15:00.000Z" }, true],
    ["what came later", { createdAt: "2026-11-21T07:15:00.001Z" }, false],
    ["what lost its label", { foundBy: "name" }, false],
    ["what somebody else manages", { claimed: true }, false],
  ] as const)(
    "promises of a deleted instance only what the look for orphans does: %s",
    async (...row) => {
      const [, more, isRemoved] = row;
      const found: Orphan = { ...orphan, ...more };
      const { body } = await drift({ state: "deleted", deletedAt: ENDED }, { orphans: [found] });

      const removal = expect.stringMatching(
        isRemoved
          ? /^of a deleted instance .* are removed within ten minutes$/
          : /; Toygres never removes Pod p \(.+\): .* `kubectl delete pod\/p -n toygres`$/,
      );
      expect(body).toMatchObject({ drifted: true, note: removal });
      // By its name nothing is found there.
      const listed = found.foundBy === "label" ? [found] : [];
      expect((await removedByTheLook(listed)).length > 0).toBe(isRemoved);
    },
  );

  it("promises nothing of a namespace that nobody looks at", async () => {
    const of = { state: "deleted", deletedAt: ENDED, namespace: "elsewhere" } as const;
    expect((await drift(of, { orphans: [orphan] })).body["note"]).toMatch(
      /its namespace is not in `TOYGRES_NAMESPACES`.*`kubectl delete pod\/p -n elsewhere`$/,
    );
  });

  it("says of each orphan of a deleted instance what becomes of it", async () => {
    const volume: Orphan = {
      ...orphan,
      kind: "PersistentVolumeClaim",
      name: "restored",
      createdAt: "2026-12-01T00:00:00.000Z",
    };
    const secret: Orphan = { ...orphan, kind: "Secret", name: "bare", foundBy: "name" };
    const held: Orphan = { ...orphan, name: "held", leaving: true };
    const of = { state: "deleted", deletedAt: ENDED } as const;
    const { body } = await drift(of, { orphans: [orphan, held, volume, secret] });

    expect(body["note"]).toBe(
      [
        "of a deleted instance nothing should be there",
        "the orphans that its end has left are removed within ten minutes",
        "those that are leaving go once nothing holds them",
        "Toygres never removes PersistentVolumeClaim restored (it was made after the end of its instance), Secret bare (its label was taken off): when nobody needs what is in it, `kubectl delete persistentvolumeclaim/restored secret/bare -n toygres`",
      ].join("; "),
    );
  });

  it("names twenty of the orphans that stay, and counts the others", async () => {
    const orphans = Array.from({ length: 25 }, (_, index): Orphan => {
      return { ...orphan, name: `p-${index}`, foundBy: "name" };
    });
    const { body } = await drift({ state: "deleted", deletedAt: ENDED }, { orphans });
    expect(body["note"]).toContain("5 more: ");
    expect(body["note"]).not.toContain("p-20");
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
