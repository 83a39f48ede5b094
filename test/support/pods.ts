import { readdir, readFile } from "node:fs/promises";
import { KubeConfig, KubernetesObjectApi, type V1Pod } from "@kubernetes/client-node";

/**
 * The command lines of all processes, by pid, but for those that are their parent's: a backend of PostgreSQL that was forked
 * this moment bears its server's until it names itself.
 */
export async function commandLines(): Promise<Map<number, readonly string[]>> {
  const texts = new Map<string, string>();
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (text !== "") texts.set(pid, text);
  }
  const lines = new Map<number, readonly string[]>();
  for (const [pid, text] of texts) {
    if (texts.get(await parentOf(pid)) !== text) lines.set(Number(pid), text.split("\0"));
  }
  return lines;
}

/** From `pid (name) state ppid …`, whose name may have blanks and brackets. */
async function parentOf(pid: string): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? "";
}

/** The pod of an instance as the cluster has it now. */
export async function podOf(
  kubeconfig: string,
  instanceId: string,
  namespace = "toygres",
): Promise<V1Pod | undefined> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const { items } = await KubernetesObjectApi.makeApiClient(config).list<V1Pod>(
    ...(["v1", "Pod", namespace, undefined, undefined, undefined, undefined] as const),
    `toygres.io/instance-id=${instanceId}`,
  );
  return items[0];
}

/** The postmasters that serve an instance: one, or none while it is down. */
export async function postmastersOf(kubeconfig: string, instanceId: string): Promise<number[]> {
  const address = (await podOf(kubeconfig, instanceId))?.status?.podIP;
  if (address === undefined) return [];
  const lines = await commandLines();
  return [...lines].flatMap(([pid, args]) =>
    args.includes(`listen_addresses=${address}`) ? [pid] : [],
  );
}
