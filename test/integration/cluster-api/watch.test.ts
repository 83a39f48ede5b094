import type { V1ConfigMap, V1Namespace, V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { Watch } from "@kubernetes/client-node";
import { startCluster } from "../../../local/cluster/server.ts";
import {
  clientsOf,
  clusterWithClients,
  refusalOf,
  temporaryFolder,
  plain,
} from "./running-cluster.ts";

type Running = Awaited<ReturnType<typeof clusterWithClients>>;

/** The events of a watch as they come, until `enough` of them are there. */
async function watched(
  cluster: Running,
  query: Record<string, string>,
  enough: number,
  act: () => Promise<void>,
): Promise<string[]> {
  const seen: string[] = [];
  let controller: AbortController | undefined;
  await new Promise<void>((resolve, reject) => {
    const tell = (type: string, object: V1ConfigMap): void => {
      seen.push(`${type} ${object.metadata?.name ?? ""}`);
      if (seen.length >= enough) resolve();
    };
    new Watch(cluster.kubeConfig)
      .watch("/api/v1/namespaces/default/configmaps", query, tell, () => resolve())
      .then((started) => {
        controller = started;
        return act();
      })
      .catch(reject);
  });
  controller?.abort();
  return seen;
}

describe("watching the cluster", () => {
  let cluster: Running;
  beforeAll(async () => {
    cluster = await clusterWithClients();
  });
  afterAll(async () => cluster.remove());

  it("tells who asks for changes from before the server's history to list again", async () => {
    const { folder, remove } = temporaryFolder();
    const first = await startCluster({ folder });
    await first.stop();
    const restarted = await startCluster({ folder });
    const { kubeConfig } = clientsOf(restarted.kubeconfigPath);
    const seen: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      new Watch(kubeConfig)
        .watch(
          "/api/v1/pods",
          { resourceVersion: "1" },
          (type: string, object: { code?: number }) => void seen.push([type, object.code]),
          () => resolve(),
        )
        .catch(reject);
    });
    await restarted.stop();
    remove();
    expect(seen).toEqual([["ERROR", 410]]);
  });

  it("tells a watch each change after its version, and what begins or ceases to match", async () => {
    const list = await cluster.core.listNamespacedConfigMap({ namespace: "default" });
    const version = list.metadata?.resourceVersion ?? "";
    const seen = await watched(
      cluster,
      { resourceVersion: version, labelSelector: "watched=yes" },
      3,
      async () => {
        const created = await cluster.core.createNamespacedConfigMap({
          namespace: "default",
          body: plain<V1ConfigMap>({ metadata: { name: "seen", labels: { watched: "yes" } } }),
        });
        const changed = await cluster.core.replaceNamespacedConfigMap({
          name: "seen",
          namespace: "default",
          body: Object.assign(structuredClone(created), { data: { a: "1" } }),
        });
        await cluster.core.replaceNamespacedConfigMap({
          name: "seen",
          namespace: "default",
          body: Object.assign(structuredClone(changed), {
            metadata: Object.assign(changed.metadata!, { labels: {} }),
          }),
        });
      },
    );
    expect(seen).toEqual(["ADDED seen", "MODIFIED seen", "DELETED seen"]);
  });

  it("empties a namespace before it removes it, and takes nothing new meanwhile", async () => {
    await cluster.core.createNamespace({
      body: plain<V1Namespace>({ metadata: { name: "short" } }),
    });
    await cluster.core.createNamespacedPersistentVolumeClaim({
      namespace: "short",
      body: plain<V1PersistentVolumeClaim>({
        metadata: { name: "held" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      }),
    });
    await cluster.core.createNamespacedConfigMap({
      namespace: "short",
      body: plain<V1ConfigMap>({ metadata: { name: "inside" } }),
    });
    const deleted = await cluster.core.deleteNamespace({ name: "short" });
    expect(deleted.status).toMatchObject({ phase: "Terminating" });
    const refusal = await refusalOf(
      cluster.core.createNamespacedConfigMap({
        namespace: "short",
        body: plain<V1ConfigMap>({ metadata: { name: "late" } }),
      }),
    );
    expect(refusal).toMatchObject({
      code: 403,
      reason: "Forbidden",
      details: { causes: [{ reason: "NamespaceTerminating" }] },
    });
    await cluster.store.modify(
      { kind: "PersistentVolumeClaim", namespace: "short", name: "held" },
      (draft) => {
        delete draft.metadata.finalizers;
      },
    );
    const gone = new Promise<void>((resolve) => {
      cluster.store.watch("Namespace", "0", ({ type, object }) => {
        if (type === "DELETED" && object.metadata.name === "short") resolve();
      });
    });
    await gone;
    expect((await refusalOf(cluster.core.readNamespace({ name: "short" }))).code).toBe(404);
  });
});
