import type { V1StorageClass } from "@kubernetes/client-node";
import { DomainError } from "../domain/errors.ts";
import type { KubernetesClient } from "./client.ts";
import { clientFor, type ClusterConfig } from "./cluster.ts";
import { render } from "./templates.ts";

export interface NamespaceSetup extends ClusterConfig {
  readonly namespace: string;
}

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";

/** Prepares a cluster for instances: the namespace with its Pod Security labels, on storage that is freed with its claim. */
export async function setUpNamespace(setup: NamespaceSetup): Promise<void> {
  const client = await clientFor(setup);
  try {
    await usableStorageClass(client, setup.storageClass);
    await applyNamespace(client, setup.namespace);
  } finally {
    await client.close();
  }
}

async function applyNamespace(client: KubernetesClient, namespace: string): Promise<void> {
  const manifest = render("namespace", [[["metadata", "name"], namespace]]);
  const found = await client.get({ kind: "Namespace", namespace: "", name: namespace });
  if (found?.metadata?.deletionTimestamp !== undefined) {
    throw new DomainError("cluster-conflict", `namespace "${namespace}" is still being deleted`);
  }
  await client.apply(manifest, found?.metadata?.uid);
}

/** The class that volumes will be of; rejects with `cluster-refused` when there is none, or one that keeps what it should free. */
export async function usableStorageClass(
  client: Pick<KubernetesClient, "list">,
  wanted: string | undefined,
): Promise<V1StorageClass> {
  const { items } = await client.list<V1StorageClass>("StorageClass", "", {});
  const used = items.find(({ metadata }) =>
    wanted === undefined
      ? metadata?.annotations?.[DEFAULT_CLASS] === "true"
      : metadata?.name === wanted,
  );
  if (used === undefined) {
    throw new DomainError(
      "cluster-refused",
      wanted === undefined
        ? "the cluster has no default StorageClass: mark one, or name one in the configuration"
        : `the cluster has no StorageClass "${wanted}"`,
    );
  }
  if ((used.reclaimPolicy ?? "Delete") !== "Delete") {
    throw new DomainError(
      "cluster-refused",
      `StorageClass "${used.metadata?.name ?? ""}" keeps volumes when their claim is deleted: ` +
        "use one whose reclaimPolicy is Delete",
    );
  }
  return used;
}
