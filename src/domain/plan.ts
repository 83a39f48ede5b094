import type { InstancePlan } from "./cluster.ts";
import type { Settings } from "./services.ts";

/** What the cluster is to run for an instance, by what was asked for and by the settings. */
export function planOf(
  wanted: InstancePlan,
  settings: Pick<Settings, "controlPlaneCidrs">,
): InstancePlan {
  return { ...wanted, allowedCidrs: rangesOf(wanted, settings) };
}

/** Without ranges, inside the cluster, every pod may connect: the control plane's alone would shut them all out. */
function rangesOf(
  { useLoadBalancer, allowedCidrs }: InstancePlan,
  { controlPlaneCidrs }: Pick<Settings, "controlPlaneCidrs">,
): readonly string[] {
  if (!useLoadBalancer && allowedCidrs.length === 0) return [];
  return [...new Set([...allowedCidrs, ...controlPlaneCidrs])];
}
