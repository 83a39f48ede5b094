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

const LEAST_KEPT_MS = 3_600_000;
/** With several processes each has its turn with an instance now and then only. */
const TURNS_KEPT = 3;

/** What nobody has used for `keptMs` is forgotten, whether or not anything else is asked for. */
class RememberedTargets {
  readonly #entries = new Map<string, { target: ControlTarget; expiry: NodeJS.Timeout }>();
  readonly #keptMs: number;

  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  get(instanceId: string): ControlTarget | undefined {
    const entry = this.#entries.get(instanceId);
    entry?.expiry.refresh();
    return entry?.target;
  }

  set(instanceId: string, target: ControlTarget): void {
    this.delete(instanceId);
    const expiry = setTimeout(() => this.#entries.delete(instanceId), this.#keptMs).unref();
    this.#entries.set(instanceId, { target, expiry });
  }

  delete(instanceId: string): void {
    clearTimeout(this.#entries.get(instanceId)?.expiry);
    this.#entries.delete(instanceId);
  }
}

const remembered = new WeakMap<Services["cluster"], RememberedTargets>();

/**
 * Where instances were last reached, by their ids, in this process only: whether an instance is healthy must not
 * depend on whether the cluster's API answers (but for those that are reached through it). An entry holds a password:
 * the loop of a deleted instance is terminated and cannot drop it, so it goes when it was not used for an hour.
 */
export function rememberedTargets({
  cluster,
  settings: { healthIntervalMs, healthRetryMs },
}: Pick<Services, "cluster" | "settings">): RememberedTargets {
  const turnMs = Math.max(healthIntervalMs, healthRetryMs);
  const targets =
    remembered.get(cluster) ?? new RememberedTargets(Math.max(LEAST_KEPT_MS, TURNS_KEPT * turnMs));
  remembered.set(cluster, targets);
  return targets;
}
