import { z } from "zod";
import { failed, ok, warning, type Check, type Outcome } from "../check.ts";
import { ask } from "../cluster-api.ts";

export const networkPolicy: Check = {
  name: "network-policy",
  about: "something in the cluster enforces NetworkPolicies",
  needs: ["aks", "cluster"],
  async run({ clusterWay, aks, session }, signal) {
    if (clusterWay === "aks") return judgeAksEngine((await aks()).networkPolicy);
    const path = "/apis/apps/v1/namespaces/kube-system/daemonsets?limit=500";
    const { status, body } = await ask(await session(), path, { signal });
    return judgeDaemonSets(status, body);
  },
};

/** `networkPolicy` of the cluster's network profile. */
export function judgeAksEngine(engine: string): Outcome {
  if (engine !== "none") return ok(`enforced by ${engine}`);
  return failed(
    "the cluster was made without a network policy engine: NetworkPolicies are accepted and not enforced, so every pod of the cluster reaches every instance",
    "Give it one: `az aks update --network-dataplane cilium`, or `--network-policy calico`.",
  );
}

const ENGINES: Readonly<Record<string, string>> = {
  cilium: "Cilium",
  "calico-node": "Calico",
  "azure-npm": "Azure Network Policy Manager",
  "kube-router": "kube-router",
  "antrea-agent": "Antrea",
};

const DaemonSets = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string() }) })),
});

/** Of the answer to a listing of kube-system's DaemonSets, where engines usually are. */
export function judgeDaemonSets(status: number, body: unknown): Outcome {
  const listed = status === 200 ? DaemonSets.safeParse(body).data : undefined;
  const names = (listed?.items ?? []).map(({ metadata }) => metadata.name);
  const engine = names.map((name) => ENGINES[name]).find((one) => one !== undefined);
  if (engine !== undefined) return ok(`enforced by ${engine}`);
  const why =
    listed === undefined
      ? `the DaemonSets of kube-system cannot be listed (${status})`
      : "none of the engines that are known runs in kube-system";
  return warning(
    `not known: ${why}`,
    "See to it that the cluster's network enforces NetworkPolicies (Cilium, Calico, …): from a pod of another namespace an instance must not be reachable.",
  );
}
