import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { commandLines } from "./pods.ts";

const KINDS = [
  ["v1", "Pod"],
  ["v1", "Service"],
  ["v1", "Secret"],
  ["v1", "ConfigMap"],
  ["v1", "PersistentVolumeClaim"],
  ["apps/v1", "StatefulSet"],
  ["networking.k8s.io/v1", "NetworkPolicy"],
] as const;

/** `Kind name` of each object in the namespace that is an instance's, by its name. */
export async function instanceObjects(
  kubeconfig: string,
  namespace = "toygres",
): Promise<string[]> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const api = KubernetesObjectApi.makeApiClient(config);
  const found: string[] = [];
  for (const [apiVersion, kind] of KINDS) {
    const { items } = await api.list(apiVersion, kind, namespace);
    found.push(
      ...items.flatMap(({ metadata }) =>
        metadata?.name?.startsWith("pg-") ? [`${kind} ${metadata.name}`] : [],
      ),
    );
  }
  const volumes = await api.list("v1", "PersistentVolume");
  found.push(...volumes.items.map(({ metadata }) => `PersistentVolume ${metadata?.name ?? ""}`));
  return found.sort();
}

export interface ServersOf {
  /** Pids of the PostgreSQL servers that work below the folder, without their children. */
  readonly servers: readonly number[];
  readonly volumes: readonly string[];
  readonly pods: readonly string[];
}

/** What an environment runs and keeps on this machine for its instances; the metadata's server is among the servers. */
export async function onThisMachine(data: string): Promise<ServersOf> {
  const node = join(data, "cluster", "node");
  return {
    servers: [...(await commandLines())].flatMap(([pid, args]) =>
      args.some((arg) => arg.startsWith("listen_addresses=")) &&
      args.some((arg) => arg.startsWith(`${data}/`))
        ? [pid]
        : [],
    ),
    volumes: await readdir(join(node, "volumes")),
    pods: await readdir(join(node, "pods")),
  };
}
