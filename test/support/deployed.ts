import type { InstancePlan } from "../../src/domain/cluster.ts";
import type { ConnectedCluster } from "../../src/kubernetes/cluster.ts";
import { contents, newPlan, open } from "./plans.ts";

/** An instance whose objects are all there and whose pod is ready; nobody has its keys. */
export async function deploy(
  cluster: ConnectedCluster,
  given: Partial<InstancePlan> = {},
  mark = "canary",
): Promise<InstancePlan> {
  const plan = newPlan(given);
  const made = contents(mark);
  await cluster.apply("services", plan, open);
  await cluster.ensureSecret("control", plan, async () => made.control, open);
  await cluster.ensureSecret("certificate", plan, async () => made.certificate, open);
  await cluster.ensureSecret("bootstrap", plan, async () => made.bootstrap, open);
  await cluster.apply("workload", plan, open);
  await cluster.readiness(plan, 10_000);
  return plan;
}
