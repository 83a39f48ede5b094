import { objectNames } from "../../../src/domain/names.ts";
import { deploy } from "../../support/deployed.ts";
import { comparing, different, EDITOR } from "../../support/comparing.ts";

const stage = comparing();

describe("comparing an instance with what was applied", () => {
  it("finds nothing of one that nobody touched, whatever the cluster has filled in, twice", async () => {
    const plan = await deploy(stage.local.cluster);
    const first = await stage.local.cluster.compare(plan);

    expect(first.orphans).toEqual([]);
    expect(different(first)).toEqual([]);
    expect(first.objects.map(({ kind }) => kind).sort()).toEqual([
      "ConfigMap",
      "NetworkPolicy",
      "PersistentVolumeClaim",
      "Secret",
      "Secret",
      "Secret",
      "Service",
      "Service",
      "StatefulSet",
    ]);
    expect(await stage.local.cluster.compare(plan)).toEqual(first);
  });

  it.each([
    ["in the cluster only", { useLoadBalancer: false, dnsLabel: undefined, allowedCidrs: [] }],
    ["of another version", { postgresVersion: "16", storageSizeGb: 3 }],
  ] as const)("finds nothing of an untouched one %s", async (_what, given) => {
    const plan = await deploy(stage.local.cluster, { dnsLabel: "orders", ...given });
    expect(different(await stage.local.cluster.compare(plan))).toEqual([]);
  });

  it("names who scaled a StatefulSet, when, and to what", async () => {
    const plan = await deploy(stage.local.cluster);
    const { statefulSet } = objectNames(plan);
    const target = { apiVersion: "apps/v1", kind: "StatefulSet", name: statefulSet };
    await stage.hand.patch(target, { spec: { replicas: 3 } });
    const { objects, orphans } = await stage.local.cluster.compare(plan);

    expect(different({ objects, orphans })).toMatchObject([
      {
        kind: "StatefulSet",
        name: statefulSet,
        status: "changed",
        differences: [
          { field: "spec.replicas", change: "value", expected: 1, found: 3, by: EDITOR },
        ],
        writers: [EDITOR],
      },
    ]);
    // The pods that come of it are the StatefulSet's.
    expect(orphans).toEqual([]);
  });

  it("tells a field that was changed and changed back from one that is changed", async () => {
    const plan = await deploy(stage.local.cluster);
    const { statefulSet } = objectNames(plan);
    const target = { apiVersion: "apps/v1", kind: "StatefulSet", name: statefulSet };
    for (const replicas of [0, 1]) await stage.hand.patch(target, { spec: { replicas } });

    expect(different(await stage.local.cluster.compare(plan))).toMatchObject([
      {
        status: "taken-over",
        differences: [{ field: "spec.replicas", change: "owner", expected: 1, found: 1 }],
      },
    ]);
  });

  it("shows that a Service was opened to the whole Internet", async () => {
    const plan = await deploy(stage.local.cluster);
    const { service } = objectNames(plan);
    await stage.hand.patch(
      { apiVersion: "v1", kind: "Service", name: service },
      { spec: { loadBalancerSourceRanges: ["0.0.0.0/0"] } },
    );

    expect(different(await stage.local.cluster.compare(plan))).toMatchObject([
      {
        kind: "Service",
        name: service,
        differences: [
          {
            field: "spec.loadBalancerSourceRanges",
            change: "value",
            expected: ["127.0.0.0/8"],
            found: ["0.0.0.0/0"],
            by: EDITOR,
          },
        ],
      },
    ]);
  });

  it("shows what a NetworkPolicy lets in beside what it should", async () => {
    const plan = await deploy(stage.local.cluster);
    const { networkPolicy } = objectNames(plan);
    const from = [{ ipBlock: { cidr: "127.0.0.0/8" } }, { ipBlock: { cidr: "10.0.0.0/8" } }];
    const ports = [{ port: 5432, protocol: "TCP" }];
    await stage.hand.patch(
      { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", name: networkPolicy },
      // As client-node's models call it.
      { spec: { ingress: [{ _from: from, ports }] } },
    );

    expect(different(await stage.local.cluster.compare(plan))).toMatchObject([
      {
        differences: [
          {
            field: "spec.ingress",
            expected: [{ from: [{ ipBlock: { cidr: "127.0.0.0/8" } }], ports }],
            found: [{ from, ports }],
          },
        ],
      },
    ]);
  });

  it("names what is missing", async () => {
    const plan = await deploy(stage.local.cluster);
    const { networkPolicy, controlSecret } = objectNames(plan);
    await stage.hand.delete({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      name: networkPolicy,
    });
    await stage.hand.delete({ apiVersion: "v1", kind: "Secret", name: controlSecret });

    expect(different(await stage.local.cluster.compare(plan))).toEqual([
      { kind: "Secret", name: controlSecret, status: "missing", differences: [] },
      { kind: "NetworkPolicy", name: networkPolicy, status: "missing", differences: [] },
    ]);
  });

  it("finds an object whose label was taken off, and says which label it was", async () => {
    const plan = await deploy(stage.local.cluster);
    const { claim } = objectNames(plan);
    const target = { apiVersion: "v1", kind: "PersistentVolumeClaim", name: claim };
    await stage.hand.patch(target, { metadata: { labels: { "toygres.io/instance-id": null } } });

    expect(different(await stage.local.cluster.compare(plan))).toMatchObject([
      {
        name: claim,
        status: "changed",
        differences: [
          {
            field: 'metadata.labels["toygres.io/instance-id"]',
            change: "removed",
            expected: plan.instanceId,
          },
        ],
      },
    ]);
  });

  it("tells what Toygres itself would apply otherwise today from what was changed by hand", async () => {
    const plan = await deploy(stage.local.cluster);
    const later = { ...plan, allowedCidrs: [...plan.allowedCidrs, "198.51.100.7/32"] };

    expect(different(await stage.local.cluster.compare(later))).toMatchObject([
      {
        kind: "Service",
        status: "outdated",
        differences: [{ change: "applied", by: { manager: "toygres", operation: "Apply" } }],
      },
      { kind: "NetworkPolicy", status: "outdated" },
    ]);
  });

  it("names what should not be there, and what belongs to somebody else", async () => {
    const plan = await deploy(stage.local.cluster);
    const { config } = objectNames(plan);
    const labels = { "toygres.io/instance-id": plan.instanceId };
    const metadata = { name: `${config}-copy`, namespace: "toygres", labels };
    await stage.hand.create({ apiVersion: "v1", kind: "ConfigMap", metadata });
    await stage.hand.delete({ apiVersion: "v1", kind: "ConfigMap", name: config });
    const foreign = { name: config, namespace: "toygres" };
    await stage.hand.create({ apiVersion: "v1", kind: "ConfigMap", metadata: foreign });
    const { objects, orphans } = await stage.local.cluster.compare(plan);

    expect(orphans).toMatchObject([
      { kind: "ConfigMap", name: `${config}-copy`, leaving: false, createdAt: expect.any(String) },
    ]);
    expect(different({ objects, orphans })).toMatchObject([
      { kind: "ConfigMap", name: config, status: "foreign" },
    ]);
  });

  it("says that an object is leaving and does not get away", async () => {
    const plan = await deploy(stage.local.cluster);
    const { service } = objectNames(plan);
    const target = { apiVersion: "v1", kind: "Service", name: service };
    await stage.hand.patch(target, { metadata: { finalizers: ["example.com/held"] } });
    await stage.hand.delete(target);

    expect(different(await stage.local.cluster.compare(plan))).toMatchObject([
      { kind: "Service", name: service, status: "leaving" },
    ]);
    await stage.hand.patch(target, { metadata: { finalizers: null } });
  });

  it("changes nothing and fails as every call of a cluster that is away", async () => {
    const plan = await deploy(stage.local.cluster);
    // Without what controllers and the kubelet report meanwhile.
    const written = () =>
      ["Service", "Secret", "StatefulSet", "ConfigMap", "NetworkPolicy", "PersistentVolumeClaim"]
        .flatMap((kind) => stage.local.server.store.list(kind))
        .map(({ metadata, spec }) => JSON.stringify([metadata.uid, metadata.managedFields, spec]));
    const before = written();
    await stage.local.cluster.compare(plan);
    expect(written()).toEqual(before);

    stage.local.server.faults.add({
      kind: "Secret",
      effect: { type: "status", code: 503 },
      times: 10,
    });
    await expect(stage.local.cluster.compare(plan)).rejects.toMatchObject({
      code: "cluster-unavailable",
    });
  });

  it("finds all of an instance of which nothing should be there", async () => {
    const plan = await deploy(stage.local.cluster);
    const leftovers = await stage.local.cluster.leftovers(plan);
    expect(leftovers).toHaveLength(10);
    expect(leftovers.every(({ leaving, uid }) => !leaving && uid !== "")).toBe(true);

    await stage.local.cluster.remove(plan, 10_000);
    expect(await stage.local.cluster.leftovers(plan)).toEqual([]);
  });
});
