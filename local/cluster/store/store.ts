import type { KubernetesObject, NewObject, ObjectRef } from "./object.ts";

/**
 * The objects of the cluster. Reads are synchronous and see every write that was made before; writes resolve
 * when they are on disk.
 *
 * - What `get`, `list` and `watch` hand out is frozen and shared: `structuredClone` it before changing it, or
 *   use `modify`, which does so.
 * - Between a read and a write in the same turn of the event loop nothing can come between (one process), so
 *   `modify` never conflicts. `update` with `metadata.resourceVersion` set can: 409 `Conflict`.
 * - A write that changes nothing keeps the resourceVersion and tells no watcher.
 * - Refusals are `ApiStatusError` (status-error.ts): `reason` NotFound, AlreadyExists, Conflict, Expired…
 * - The store checks what holds for all kinds (names, versions, uids, finalizers, namespace exists); schemas,
 *   defaults and immutability are the API's (api/), so controllers must write well-formed objects.
 */
export interface ObjectStore {
  /** The version of the newest write. */
  version(): string;
  get(ref: ObjectRef): KubernetesObject | undefined;
  /** Sorted by namespace and name. */
  list(kind: string, options?: ListOptions): KubernetesObject[];
  /** Fills uid, creationTimestamp, generation; a PVC gets the finalizer kubernetes.io/pvc-protection. */
  create(object: NewObject): Promise<KubernetesObject>;
  /** Replaces all but status; identity, deletion and creation fields stay the stored ones. Removing the last finalizer of an object under deletion removes the object. */
  update(object: NewObject): Promise<KubernetesObject>;
  /** Replaces status only. */
  updateStatus(object: NewObject): Promise<KubernetesObject>;
  /** Clones the stored object, lets `change` edit the clone, stores it. `part` "status" keeps all but status, "object" (default) all but status is replaced. NotFound if absent. */
  modify(
    ref: ObjectRef,
    change: (draft: KubernetesObject) => void,
    part?: "object" | "status",
  ): Promise<KubernetesObject>;
  /**
   * As the real API: with finalizers left, only deletionTimestamp is set. A Pod that is bound to a node
   * (spec.nodeName) gets deletionTimestamp and deletionGracePeriodSeconds and stays until the kubelet deletes it
   * with `gracePeriodSeconds: 0`. Dependents (ownerReferences) are collected in the background. Deleting a
   * Namespace removes what is in it first. NotFound if absent. Returns the object as it was left.
   */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<KubernetesObject>;
  /**
   * Calls `listener` for each change of the kind ("*": all kinds) after `fromVersion` (absent: from now on), in
   * order, once it is on disk; past changes are told before `watch` returns.
   * Throws ApiStatusError Expired (410) when that version is too old: list again. Returns the way to stop it.
   * A pattern for controllers: `const from = store.version(); list(...); watch(kind, from, ...)`.
   */
  watch(
    kind: string,
    fromVersion: string | undefined,
    listener: (event: WatchEvent) => void,
  ): () => void;
  /** Writes a v1 Event about the object; the same (object, type, reason, message) again raises its count. */
  recordEvent(about: KubernetesObject, event: NewEvent): Promise<void>;
  /** Ends watches, finishes the journal, frees the lock. */
  close(): Promise<void>;
}

export interface ListOptions {
  namespace?: string | undefined;
  /** Equality only; richer selectors are the API's. */
  labels?: Record<string, string>;
}

export interface DeleteOptions {
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  gracePeriodSeconds?: number | undefined;
  propagation?: "Background" | "Foreground" | "Orphan" | undefined;
}

export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
  /** On DELETED: the last state, with the version of the deletion. */
  object: KubernetesObject;
  /** The state before, absent on ADDED. */
  previous?: KubernetesObject;
}

export interface NewEvent {
  type: "Normal" | "Warning";
  reason: string;
  message: string;
  /** "statefulset-controller", "kubelet", "persistentvolume-controller"… */
  component: string;
}
