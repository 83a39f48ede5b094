import type { PostgresVersion } from "../domain/instance.ts";
import { kubernetesName, type InstanceRef } from "../domain/names.ts";

export const FIELD_MANAGER = "toygres";

/** Says whose an object is; the only label that decides anything. */
export const INSTANCE_ID = "toygres.io/instance-id";

const NAME = "app.kubernetes.io/name";
const INSTANCE = "app.kubernetes.io/instance";
const VERSION = "app.kubernetes.io/version";
const MANAGED_BY = "app.kubernetes.io/managed-by";
const OURS = "toygres";

/** On each object of an instance. */
export function labelsOf(
  ref: InstanceRef,
  version: PostgresVersion | undefined,
): Record<string, string> {
  return {
    [NAME]: "postgresql",
    [INSTANCE]: kubernetesName(ref),
    ...(version !== undefined && { [VERSION]: version }),
    [MANAGED_BY]: OURS,
    [INSTANCE_ID]: ref.instanceId,
  };
}

/** What selects the pod: of labels that never change, because a StatefulSet's selector cannot. */
export function selectorOf(ref: InstanceRef): Record<string, string> {
  return { [NAME]: "postgresql", [INSTANCE_ID]: ref.instanceId };
}

/** Finds all that is of the instance. */
export const selectorText = ({ instanceId }: Pick<InstanceRef, "instanceId">): string =>
  `${INSTANCE_ID}=${instanceId}`;

/** Whether somebody else says that the object is theirs to manage; a label that was only taken away says nothing. */
export const isClaimed = (labels: Readonly<Record<string, string>> = {}): boolean =>
  (labels[MANAGED_BY] ?? OURS) !== OURS;
