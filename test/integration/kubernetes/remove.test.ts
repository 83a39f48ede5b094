import { objectNames } from "../../../src/domain/names.ts";
import type { InstancePlan } from "../../../src/domain/cluster.ts";
import { setUpNamespace } from "../../../src/kubernetes/setup.ts";
import { clientFor } from "../../../src/kubernetes/cluster.ts";
import { startLocalCluster, type LocalCluster } from "../../support/local-cluster.ts";
import { contents, newPlan, open } from "../../support/plans.ts";

let local: LocalCluster;
beforeAll(async () => {
  local = await startLocalCluster();
  await setUpNamespace({ kubeconfig: local.kubeconfig, namespace: "toygres" });
});
afterAll(async () => {
  await local.stop();
});
afterEach(() => {
  local.server.faults.clear();
});

async function deploy(given: Partial<InstancePlan> = {}): Promise<InstancePlan> {
  const plan = newPlan(given);
  const made = contents("x");
  await local.cluster.apply("services", plan, open);
  await local.cluster.ensureSecret("control", plan, async () => made.control, open);
  await local.cluster.ensureSecret("certificate", plan, async () => made.certificate, open);
  await local.cluster.ensureSecret("bootstrap", plan, async () => made.bootstrap, open);
  await local.cluster.apply("workload", plan, open);
  return plan;
}

const kinds = (objects: readonly { readonly kind: string }[]) =>
  objects.map(({ kind }) => kind).sort();

const volumes = () => local.server.store.list("PersistentVolume").map((it) => it.metadata.name);

/** The volume that the claim of an instance is bound to. */
const volumeOf = (plan: InstancePlan) =>
  local.server.store.get({
    kind: "PersistentVolumeClaim",
    namespace: plan.namespace,
    name: objectNames(plan).claim,
  })?.spec?.["volumeName"];

describe("removing an instance", () => {
  it("removes everything of it, volume included, and nothing of its neighbour", async () => {
    const [plan, neighbour] = [await deploy(), await deploy({ instanceName: "invoices" })];
    await local.cluster.readiness(plan, 10_000);
    await local.cluster.readiness(neighbour, 10_000);
    const before = await local.cluster.list(neighbour);
    const [volume, neighboursVolume] = [volumeOf(plan), volumeOf(neighbour)];
    expect(volumes()).toEqual(expect.arrayContaining([volume, neighboursVolume]));

    const { removed, remaining } = await local.cluster.remove(plan, 15_000);

    expect(remaining).toEqual([]);
    expect(kinds(removed)).toEqual([
      "ConfigMap",
      "NetworkPolicy",
      "PersistentVolumeClaim",
      "Pod",
      "Secret",
      "Secret",
      "Secret",
      "Service",
      "Service",
      "StatefulSet",
    ]);
    expect(await local.cluster.list(plan)).toEqual([]);
    expect(await local.cluster.list(neighbour)).toEqual(before);
    expect(volumes()).toContain(neighboursVolume);
    expect(volumes()).not.toContain(volume);
  });

  it("is done at once when nothing is there, twice", async () => {
    const plan = newPlan();

    expect(await local.cluster.remove(plan, 5_000)).toEqual({ removed: [], remaining: [] });
    expect(await local.cluster.remove(plan, 5_000)).toEqual({ removed: [], remaining: [] });
  });

  it("names what is left when the time is up, and goes on where it was", async () => {
    const plan = await deploy();
    await local.server.store.modify(
      { kind: "Service", namespace: "toygres", name: objectNames(plan).service },
      (draft) => {
        draft.metadata.finalizers = ["example.com/load-balancer-cleanup"];
      },
    );

    const { remaining } = await local.cluster.remove(plan, 3_000);
    expect(remaining).toMatchObject([{ kind: "Service", name: objectNames(plan).service }]);

    await local.server.store.modify(
      { kind: "Service", namespace: "toygres", name: objectNames(plan).service },
      (draft) => {
        draft.metadata.finalizers = [];
      },
    );
    expect((await local.cluster.remove(plan, 5_000)).remaining).toEqual([]);
  });

  it("goes on after answers that were lost", async () => {
    const plan = await deploy();
    local.server.faults.add({ verb: "delete", effect: { type: "lose-reply" } });
    await expect(local.cluster.remove(plan, 10_000)).rejects.toMatchObject({
      code: "cluster-unavailable",
    });

    expect((await local.cluster.remove(plan, 10_000)).remaining).toEqual([]);
  });

  it("finds objects whose labels were taken off", async () => {
    const plan = await deploy();
    const { controlSecret, claim } = objectNames(plan);
    for (const [kind, name] of [
      ["Secret", controlSecret],
      ["PersistentVolumeClaim", claim],
    ] as const) {
      await local.server.store.modify({ kind, namespace: "toygres", name }, (draft) => {
        draft.metadata.labels = {};
      });
    }

    const { removed, remaining } = await local.cluster.remove(plan, 10_000);

    expect(remaining).toEqual([]);
    expect(removed.map(({ name }) => name)).toEqual(expect.arrayContaining([controlSecret, claim]));
  });

  it("leaves objects of our names that are another's", async () => {
    const plan = newPlan();
    const name = objectNames(plan).config;
    await local.server.store.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "toygres", labels: { "toygres.io/instance-id": "another" } },
    });

    expect(await local.cluster.remove(plan, 1_000)).toEqual({ removed: [], remaining: [] });
    expect(local.server.store.get({ kind: "ConfigMap", namespace: "toygres", name })).toBeDefined();
  });

  it("never hits a newer object of the same name", async () => {
    const plan = await deploy();
    const { config } = objectNames(plan);
    const client = await clientFor({ kubeconfig: local.kubeconfig });

    await client.delete(
      { kind: "ConfigMap", namespace: "toygres", name: config },
      "00000000-0000-4000-8000-000000000000",
    );
    await client.close();

    expect(
      local.server.store.get({ kind: "ConfigMap", namespace: "toygres", name: config }),
    ).toBeDefined();
  });

  it("is done when the whole namespace is gone", async () => {
    expect(await local.cluster.remove(newPlan({ namespace: "gone" }), 1_000)).toEqual({
      removed: [],
      remaining: [],
    });
  });
});
