import { randomUUID } from "node:crypto";
import type { LabelledObject } from "../../../src/domain/inspection.ts";
import { objectNames } from "../../../src/domain/names.ts";
import { labelledObjects } from "../../../src/kubernetes/orphans.ts";
import { setUpNamespace } from "../../../src/kubernetes/setup.ts";
import { byHand } from "../../support/by-hand.ts";
import { deploy } from "../../support/deployed.ts";
import { startLocalCluster, type LocalCluster } from "../../support/local-cluster.ts";

let local: LocalCluster;
beforeAll(async () => {
  local = await startLocalCluster();
  for (const namespace of ["toygres", "other"]) {
    await setUpNamespace({ kubeconfig: local.kubeconfig, namespace });
  }
});
afterAll(async () => {
  await local.stop();
});

async function labelled(namespace: string): Promise<LabelledObject[]> {
  const pages = await Array.fromAsync(local.cluster.labelled(namespace));
  return pages.flat();
}

describe("looking through a namespace", () => {
  it("finds what says of which instance it is, and who else claims it, and nothing else", async () => {
    const one = await deploy(local.cluster);
    const two = await deploy(local.cluster, { instanceName: "invoices" });
    await deploy(local.cluster, { namespace: "other" });
    const hand = byHand(local.kubeconfig, "kubectl");
    const stranger = randomUUID();
    const labels = { "toygres.io/instance-id": stranger };
    for (const [name, given] of [
      ["managed-by-nobody", labels],
      ["managed-by-another", { ...labels, "app.kubernetes.io/managed-by": "Helm" }],
      ["of-no-instance", { "app.kubernetes.io/managed-by": "toygres" }],
    ] as const) {
      const metadata = { name, namespace: "toygres", labels: given };
      await hand.create({ apiVersion: "v1", kind: "ConfigMap", metadata });
    }
    const found = await labelled("toygres");
    const of = (id: string) => found.filter(({ instanceId }) => instanceId === id);

    const owners = new Set(found.map(({ instanceId }) => instanceId));
    expect(owners).toEqual(new Set([one.instanceId, two.instanceId, stranger]));
    expect(of(one.instanceId)).toHaveLength(10);
    expect(of(one.instanceId).some(({ leaving, claimed }) => leaving || claimed)).toBe(false);
    expect(new Map(of(stranger).map(({ name, claimed }) => [name, claimed]))).toEqual(
      new Map([
        ["managed-by-nobody", false],
        ["managed-by-another", true],
      ]),
    );
  });

  it("goes on from page to page", async () => {
    const asked: unknown[] = [];
    const selectors: unknown[] = [];
    const item = (name: string) => ({
      metadata: { name, uid: name, labels: { "toygres.io/instance-id": "i" } },
    });
    const client = {
      list: async (
        kind: string,
        _namespace: string,
        { from, limit, labels }: { from?: string; limit?: number; labels?: string },
      ) => {
        asked.push([kind, from, limit]);
        selectors.push(labels);
        const next = kind === "Service" && from !== "2" ? { next: from === "1" ? "2" : "1" } : {};
        return { items: [item(`${kind}-${from ?? "0"}`)], resourceVersion: "1", ...next };
      },
    };
    const pages = await Array.fromAsync(labelledObjects(client as never, "toygres"));
    expect(pages.flat().map(({ name }) => name)).toEqual([
      "Service-0",
      "Service-1",
      "Service-2",
      "StatefulSet-0",
      "Pod-0",
      "PersistentVolumeClaim-0",
      "NetworkPolicy-0",
      "ConfigMap-0",
      "Secret-0",
    ]);
    expect(asked[0]).toEqual(["Service", undefined, 500]);
    expect(new Set(selectors)).toEqual(new Set(["toygres.io/instance-id"]));
  });

  it("finds nothing in a namespace that is not there", async () => {
    expect(await labelled("nowhere")).toEqual([]);
  });
});

describe("removing by label", () => {
  it("removes what carries it, and leaves what somebody claims, its neighbour and other namespaces alone", async () => {
    const plan = await deploy(local.cluster);
    const neighbour = await deploy(local.cluster, { instanceName: "invoices" });
    const elsewhere = await deploy(local.cluster, {
      namespace: "other",
      instanceId: plan.instanceId,
    });
    const { config, controlSecret } = objectNames(plan);
    const hand = byHand(local.kubeconfig, "kubectl");
    const target = { apiVersion: "v1", kind: "ConfigMap", name: config };
    const managedBy = (name: string | null) => ({
      metadata: { labels: { "app.kubernetes.io/managed-by": name } },
    });
    await hand.patch(target, managedBy("Helm"));
    // That it was taken away says nothing of who else it may be of.
    await hand.patch({ apiVersion: "v1", kind: "Secret", name: controlSecret }, managedBy(null));

    // A pod that its StatefulSet makes anew meanwhile goes with that.
    const uids = new Set((await local.cluster.list(plan)).map(({ uid }) => uid));
    const { removed, remaining } = await local.cluster.removeLabelled({ ...plan, uids }, 15_000);
    expect(remaining).toEqual([]);
    expect(removed).toHaveLength(9);
    expect(removed.map(({ name }) => name)).not.toContain(config);
    expect(local.server.store.get({ ...target, namespace: "toygres" })).toBeDefined();
    for (const other of [neighbour, elsewhere]) {
      expect(await local.cluster.list(other)).toHaveLength(10);
    }
    expect(await local.cluster.removeLabelled({ ...plan, uids }, 5_000)).toEqual({
      removed: [],
      remaining: [],
    });
  });
});
