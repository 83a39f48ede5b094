import { DomainError } from "../domain/errors.ts";
import { inClusterName, objectNames, type InstanceRef } from "../domain/names.ts";
import type { ControlTarget } from "../domain/postgres.ts";
import type { Services } from "../domain/services.ts";

export interface TargetServices extends Pick<Services, "cluster"> {
  readonly settings: Pick<Services["settings"], "instanceAccess">;
}

/** How the control role reaches an instance at `address`; what is asked of the cluster is asked each time. */
export async function controlTarget(
  ref: InstanceRef,
  address: string,
  { cluster, settings }: TargetServices,
): Promise<ControlTarget> {
  const control = await cluster.readSecret("control", ref);
  if (!control) {
    throw new DomainError(
      "secret-unreadable",
      `the control Secret of instance "${ref.instanceName}" is missing, so the control plane cannot sign in to it`,
    );
  }
  const { clusterIp } =
    settings.instanceAccess !== "port-forward" ? {} : await cluster.endpoint(ref, "internal", 0);
  return {
    address,
    port: 5432,
    serverName: inClusterName(ref),
    caCertificate: control.caCertificate,
    controlPassword: control.controlPassword,
    ...(clusterIp === address && {
      through: { namespace: ref.namespace, name: objectNames(ref).pod },
    }),
  };
}

const remembered = new WeakMap<Services["cluster"], Map<string, ControlTarget>>();

/**
 * Where instances were last reached, by their ids, in this process only: whether an instance is healthy must not
 * depend on whether the cluster's API answers (but for those that are reached through it).
 */
export function rememberedTargets(cluster: Services["cluster"]): Map<string, ControlTarget> {
  const targets = remembered.get(cluster) ?? new Map<string, ControlTarget>();
  remembered.set(cluster, targets);
  return targets;
}
