/** What identifies the Kubernetes objects of one instance. `instanceName` is the name the user gave. */
export interface InstanceRef {
  readonly instanceId: string;
  readonly namespace: string;
  readonly instanceName: string;
}

/**
 * `pg-<name>-<first 8 of the id>`: at most 3 + 40 + 1 + 8 = 52 characters, the limit of a
 * StatefulSet's name (its pods and their hash label must fit 63).
 */
export function kubernetesName({
  instanceId,
  instanceName,
}: Omit<InstanceRef, "namespace">): string {
  return `pg-${instanceName}-${instanceId.slice(0, 8)}`;
}

/** Every name that an instance's objects have, so that they can be found even without their labels. */
export function objectNames(ref: Omit<InstanceRef, "namespace">) {
  const base = kubernetesName(ref);
  return {
    statefulSet: base,
    pod: `${base}-0`,
    /** What users connect to. */
    service: base,
    headlessService: `${base}-pods`,
    claim: `${base}-data`,
    config: `${base}-config`,
    networkPolicy: base,
    bootstrapSecret: `${base}-bootstrap`,
    certificateSecret: `${base}-tls`,
    controlSecret: `${base}-control`,
  } as const;
}

/** The name that the server's certificate always covers, whatever address is dialled. */
export function inClusterName(ref: InstanceRef): string {
  return `${objectNames(ref).service}.${ref.namespace}.svc`;
}

export const healthCheckId = (instanceId: string): string => `health-${instanceId}`;

export const monitorId = (operationId: string): string => `monitor-${operationId}`;

/** So that its monitor has an id, too: Durable takes 100 characters. */
export const LONGEST_OPERATION_ID = 100 - monitorId("").length;
