import type {
  JsonObject,
  KubernetesObject,
  NewObjectMeta,
  ObjectMeta,
  ObjectRef,
} from "./object.ts";
import { conflict } from "./refusals.ts";
import type { DeleteOptions } from "./store.ts";

const DEFAULT_GRACE_SECONDS = 30;

/** What an update may change of the metadata, over what it may not. */
export function mergedMeta(stored: ObjectMeta, given: NewObjectMeta): ObjectMeta {
  const { labels, annotations, finalizers, ownerReferences } = structuredClone(given);
  const kept = { ...stored };
  delete kept.labels;
  delete kept.annotations;
  delete kept.finalizers;
  delete kept.ownerReferences;
  const managedFields = given.managedFields ?? stored.managedFields;
  return {
    ...kept,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(finalizers === undefined || finalizers.length === 0 ? {} : { finalizers }),
    ...(ownerReferences === undefined || ownerReferences.length === 0 ? {} : { ownerReferences }),
    ...(managedFields === undefined ? {} : { managedFields: structuredClone(managedFields) }),
  };
}

export function checkPreconditions(
  ref: ObjectRef,
  { metadata }: KubernetesObject,
  options: DeleteOptions,
): void {
  const { uid, resourceVersion } = options;
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(
      ref,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      ref,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  }
}

export function addPropagation(object: KubernetesObject, { propagation }: DeleteOptions): void {
  const { finalizers = [], deletionTimestamp } = object.metadata;
  const finalizer = { Foreground: "foregroundDeletion", Orphan: "orphan", Background: undefined }[
    propagation ?? "Background"
  ];
  if (finalizer === undefined || deletionTimestamp !== undefined || finalizers.includes(finalizer))
    return;
  object.metadata.finalizers = [...finalizers, finalizer];
}

export function graceOf(
  { kind, spec }: KubernetesObject,
  { gracePeriodSeconds }: DeleteOptions,
): number {
  if (kind !== "Pod" || spec?.["nodeName"] === undefined) return 0;
  const own = spec["terminationGracePeriodSeconds"];
  return gracePeriodSeconds ?? (typeof own === "number" ? own : DEFAULT_GRACE_SECONDS);
}

/** Under deletion, with nothing left to wait for. */
export function isFinished({ kind, metadata, spec }: KubernetesObject): boolean {
  if (metadata.deletionTimestamp === undefined || (metadata.finalizers ?? []).length > 0)
    return false;
  if (kind === "Namespace") return finalizersOf(spec).length === 0;
  return (metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

const finalizersOf = (spec: JsonObject | undefined): unknown[] => {
  const given = spec?.["finalizers"];
  return Array.isArray(given) ? given : [];
};
