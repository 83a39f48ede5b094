import { readdir, readFile } from "node:fs/promises";
import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";

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

/** Command lines of the processes whose arguments mention a text, as `ps` would show them. */
export async function processesMentioning(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (line.includes(text)) found.push(`${pid}: ${line.replaceAll("\0", " ")}`);
  }
  return found;
}
