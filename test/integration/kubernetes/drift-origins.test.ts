import { objectNames } from "../../../src/domain/names.ts";
import { createCluster } from "../../../src/kubernetes/cluster.ts";
import { deploy } from "../../support/deployed.ts";
import { comparing, different, EDITOR } from "../../support/comparing.ts";

const stage = comparing();

describe("comparing an instance, where nobody owns a field, or somebody owns one more", () => {
  it("tells a setting that came later than an instance from a change by hand", async () => {
    const plan = await deploy(stage.local.cluster);
    const later = createCluster({ kubeconfig: stage.local.kubeconfig, storageClass: "fast" });
    const [claim, ...others] = different(await later.compare(plan));
    await later.close();

    expect(others).toEqual([]);
    expect(claim).toMatchObject({
      name: objectNames(plan).claim,
      status: "outdated",
      differences: [{ field: "spec.storageClassName", change: "applied", expected: "fast" }],
    });
  });

  it("tells a field that a later release adds from one that was taken out", async () => {
    const plan = await deploy(stage.local.cluster);
    const [service, ...others] = different(
      await stage.local.cluster.compare({ ...plan, dnsLabel: "orders" }),
    );

    expect(others).toEqual([]);
    expect(service).toMatchObject({
      name: objectNames(plan).service,
      status: "outdated",
      differences: [{ field: expect.stringContaining("dns-label-name"), change: "applied" }],
    });
  });

  it("finds on every object of an instance what was applied of it", async () => {
    const plan = await deploy(stage.local.cluster);
    const { objects } = await stage.local.cluster.compare(plan);

    for (const { kind, name } of objects) {
      const stored = stage.local.server.store.get({ kind, namespace: plan.namespace, name });
      expect([kind, stored?.metadata.annotations?.["toygres.io/applied-fields"]]).toEqual([
        kind,
        expect.stringMatching(/^([\w-]{4})+$/),
      ]);
    }
  });

  it("knows that a field was taken out, of which nobody is recorded any more", async () => {
    const plan = await deploy(stage.local.cluster);
    const target = { apiVersion: "v1", kind: "Service", name: objectNames(plan).service };
    await stage.hand.patch(target, { spec: { loadBalancerSourceRanges: null } });

    const [service, ...others] = different(await stage.local.cluster.compare(plan));
    expect(others).toEqual([]);
    expect(service).toMatchObject({
      status: "changed",
      differences: [{ field: "spec.loadBalancerSourceRanges", change: "removed" }],
    });
    expect(service).not.toHaveProperty("writers");
  });

  it("shows what somebody added, and by whom", async () => {
    const plan = await deploy(stage.local.cluster);
    const { service, statefulSet } = objectNames(plan);
    await stage.hand.patch(
      { apiVersion: "apps/v1", kind: "StatefulSet", name: statefulSet },
      { spec: { template: { spec: { nodeSelector: { disk: "ssd" } } } } },
    );
    await stage.hand.patch(
      { apiVersion: "v1", kind: "Service", name: service },
      { metadata: { annotations: { "example.com/note": "n" }, labels: { team: "red" } } },
    );

    expect(different(await stage.local.cluster.compare(plan))).toMatchObject([
      {
        kind: "Service",
        status: "changed",
        differences: [
          { field: "metadata.labels.team", change: "added", found: "red", by: EDITOR },
          { field: 'metadata.annotations["example.com/note"]', change: "added", by: EDITOR },
        ],
        writers: [EDITOR],
      },
      {
        kind: "StatefulSet",
        status: "changed",
        differences: [
          {
            field: "spec.template.spec.nodeSelector",
            change: "added",
            found: { disk: "ssd" },
            by: EDITOR,
          },
        ],
      },
    ]);
  });
});

describe("what is left of an instance of which nothing should be there", () => {
  it("says how each object was found, and whose it is said to be", async () => {
    const plan = await deploy(stage.local.cluster);
    const { claim, config } = objectNames(plan);
    await stage.hand.patch(
      { apiVersion: "v1", kind: "PersistentVolumeClaim", name: claim },
      { metadata: { labels: { "toygres.io/instance-id": null } } },
    );
    await stage.hand.patch(
      { apiVersion: "v1", kind: "ConfigMap", name: config },
      { metadata: { labels: { "app.kubernetes.io/managed-by": "argocd" } } },
    );

    const found = await stage.local.cluster.leftovers(plan);
    const odd = found.filter(({ foundBy, claimed }) => foundBy === "name" || claimed);
    expect(odd).toMatchObject([
      { name: claim, foundBy: "name", claimed: false, createdAt: expect.any(String) },
      { name: config, foundBy: "label", claimed: true },
    ]);
    expect(found).toHaveLength(10);
  });
});
