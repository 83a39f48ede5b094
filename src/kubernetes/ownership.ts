import type { KubernetesObject } from "@kubernetes/client-node";
import { DomainError } from "../domain/errors.ts";
import type { InstanceRef } from "../domain/names.ts";
import { FIELD_MANAGER, INSTANCE_ID } from "./labels.ts";

/**
 * Whether an object belongs to the instance: by its label; where the label is gone, by whether we ever wrote
 * the object. Names alone prove nothing.
 */
export function isOf(ref: InstanceRef, { metadata }: KubernetesObject): boolean {
  const label = metadata?.labels?.[INSTANCE_ID];
  if (label !== undefined) return label === ref.instanceId;
  return metadata?.managedFields?.some(({ manager }) => manager === FIELD_MANAGER) ?? false;
}

/** Refuses to touch what is another's, and what is about to go. */
export function assertUsable(
  ref: InstanceRef,
  kind: string,
  object: KubernetesObject,
): { readonly uid: string; readonly resourceVersion: string } {
  const { metadata } = object;
  const name = metadata?.name ?? "";
  if (!isOf(ref, object)) {
    throw new DomainError(
      "foreign-object",
      `${kind} "${name}" in "${ref.namespace}" exists and belongs to somebody else: rename or remove it`,
      { details: { kind, name } },
    );
  }
  if (metadata?.deletionTimestamp !== undefined) {
    throw new DomainError("cluster-conflict", `${kind} "${name}" is still being deleted`);
  }
  return { uid: metadata?.uid ?? "", resourceVersion: metadata?.resourceVersion ?? "" };
}
