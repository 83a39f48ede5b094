/** JSON as Kubernetes stores it. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [field: string]: Json;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Who owns which fields, in the form that the real API shows. */
export interface ManagedFields {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  time: string;
  fieldsType: "FieldsV1";
  fieldsV1: JsonObject;
  subresource?: string;
}

export interface NewObjectMeta {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFields[];
  /** Given on an update it is a precondition: 409 Conflict when it is not the stored one. */
  resourceVersion?: string;
  uid?: string;
}

export interface ObjectMeta extends NewObjectMeta {
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
  /** Present on StatefulSet and NetworkPolicy; rises with each change of the spec. */
  generation?: number;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
}

interface Content {
  apiVersion: string;
  kind: string;
  spec?: JsonObject;
  status?: JsonObject;
}

export type KubernetesObject = Content & { metadata: ObjectMeta } & Extra;

/** What a caller hands in: the store fills uid, times, versions. */
export type NewObject = Content & { metadata: NewObjectMeta } & Extra;

/** The top-level fields of the kinds that have neither spec nor status (Secret, ConfigMap, Event, Role…). */
interface Extra {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
  stringData?: Record<string, string>;
  immutable?: boolean;
  type?: string;
  involvedObject?: JsonObject;
  reason?: string;
  message?: string;
  count?: number;
  firstTimestamp?: string;
  lastTimestamp?: string;
  source?: JsonObject;
  reportingComponent?: string;
  reportingInstance?: string;
  provisioner?: string;
  parameters?: Record<string, string>;
  reclaimPolicy?: string;
  volumeBindingMode?: string;
  allowVolumeExpansion?: boolean;
  rules?: Json[];
  roleRef?: JsonObject;
  subjects?: Json[];
  automountServiceAccountToken?: boolean;
}

/** Names one object; `namespace` is left out for kinds that have none. */
export interface ObjectRef {
  kind: string;
  namespace?: string | undefined;
  name: string;
}

export const keyOf = (meta: { namespace?: string | undefined; name: string }): string =>
  `${meta.namespace ?? ""}/${meta.name}`;

export const refOf = (object: { kind: string; metadata: NewObjectMeta }): ObjectRef => ({
  kind: object.kind,
  namespace: object.metadata.namespace,
  name: object.metadata.name,
});
