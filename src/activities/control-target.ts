import { DomainError } from "../domain/errors.ts";
import { inClusterName, type InstanceRef } from "../domain/names.ts";
import type { ControlTarget } from "../domain/postgres.ts";
import type { Services } from "../domain/services.ts";

/** How the control role reaches an instance at `address`; the password is read from the cluster each time. */
export async function controlTarget(
  ref: InstanceRef,
  address: string,
  { cluster }: Pick<Services, "cluster">,
): Promise<ControlTarget> {
  const control = await cluster.readSecret("control", ref);
  if (!control) {
    throw new DomainError(
      "secret-unreadable",
      `the control Secret of instance "${ref.instanceName}" is missing, so the control plane cannot sign in to it`,
    );
  }
  return {
    address,
    port: 5432,
    serverName: inClusterName(ref),
    caCertificate: control.caCertificate,
    controlPassword: control.controlPassword,
  };
}

const remembered = new WeakMap<Services["cluster"], Map<string, ControlTarget>>();

/**
 * Where instances were last reached, by their ids, in this process only: whether an instance is healthy must not
 * depend on whether the cluster's API answers.
 */
export function rememberedTargets(cluster: Services["cluster"]): Map<string, ControlTarget> {
  const targets = remembered.get(cluster) ?? new Map<string, ControlTarget>();
  remembered.set(cluster, targets);
  return targets;
}
