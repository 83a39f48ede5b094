import { apiVersionOf, type Kind } from "../store/kinds.ts";
import type { Json, JsonObject, KubernetesObject, NewObject } from "../store/object.ts";
import { badRequest, invalid, refusedName } from "../store/refusals.ts";
import type { ObjectStore } from "../store/store.ts";
import { isRecord } from "./patch/fields.ts";
import { check, fillDefaults } from "./schema/check.ts";
import { schemaOf } from "./schema/kinds.ts";
import { validate } from "./validate.ts";

const SERVER_FIELDS = [
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "generation",
  "selfLink",
  "managedFields",
];

/** Checks that a body is of the kind that the path says, and copies it without what only the server sets. */
export function bodyOf(
  body: Json,
  kind: Kind,
  namespace: string | undefined,
  name: string | undefined,
): JsonObject {
  if (!isRecord(body)) throw badRequest("the body of the request must be a JSON or YAML object");
  const copy = structuredClone(body);
  const { apiVersion, kind: given } = copy;
  if (given !== undefined && given !== kind.kind) {
    throw badRequest(
      `the kind in the data (${JSON.stringify(given)}) does not match the expected kind (${kind.kind})`,
    );
  }
  if (apiVersion !== undefined && apiVersion !== apiVersionOf(kind)) {
    throw badRequest(
      `the API version in the data (${JSON.stringify(apiVersion)}) does not match the expected API version (${apiVersionOf(kind)})`,
    );
  }
  copy["apiVersion"] = apiVersionOf(kind);
  copy["kind"] = kind.kind;
  const metadata = copy["metadata"] ?? {};
  if (!isRecord(metadata))
    throw badRequest("cannot unmarshal into field metadata: an object is expected");
  copy["metadata"] = metadata;
  for (const field of SERVER_FIELDS) Reflect.deleteProperty(metadata, field);
  settle(
    metadata,
    "namespace",
    namespace,
    "the namespace of the provided object does not match the namespace sent on the request",
  );
  settle(metadata, "name", name, "the name of the object does not match the name on the URL");
  if (namespace === undefined) Reflect.deleteProperty(metadata, "namespace");
  foldStringData(copy);
  return copy;
}

function settle(
  metadata: JsonObject,
  field: "name" | "namespace",
  wanted: string | undefined,
  refusal: string,
): void {
  if (wanted === undefined) return;
  const given = metadata[field];
  if (typeof given === "string" && given !== "" && given !== wanted)
    throw badRequest(`${refusal} (${given}, ${wanted})`);
  metadata[field] = wanted;
}

function foldStringData(object: JsonObject): void {
  const { stringData, data } = object;
  if (object["kind"] !== "Secret" || !isRecord(stringData)) return;
  const folded: JsonObject = isRecord(data) ? data : {};
  for (const [key, value] of Object.entries(stringData)) {
    // What is no text stays, for the schema to refuse it.
    if (typeof value !== "string") return;
    folded[key] = Buffer.from(value).toString("base64");
  }
  object["data"] = folded;
  Reflect.deleteProperty(object, "stringData");
}

/** Refuses fields and types that the schema doesn't know: 400, as a real cluster under strict validation. */
export function checkStrictly(object: Json, kind: Kind): void {
  const { undecodable, unknown } = check(object, schemaOf(kind.kind));
  if (undecodable.length > 0) {
    throw badRequest(
      `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${undecodable.join(", ")}`,
    );
  }
  if (unknown.length > 0) {
    const list = unknown.map((path) => `unknown field "${path}"`).join(", ");
    throw badRequest(
      `strict decoding error: ${list} (this local cluster refuses what it would not act upon)`,
    );
  }
}

const isObject = (value: Json): value is JsonObject & NewObject =>
  isRecord(value) &&
  typeof value["kind"] === "string" &&
  isRecord(value["metadata"]) &&
  typeof value["metadata"]["name"] === "string";

/** Fills defaults and refuses what is not valid (422), as an admission of a create or, with `old`, an update. */
export function admit(
  object: JsonObject,
  kind: Kind,
  store: ObjectStore,
  old?: KubernetesObject,
): NewObject {
  checkStrictly(kind.status ? { ...object, status: null } : object, kind);
  if (kind.kind === "Service") fillService(specOf(object), old);
  if (old === undefined) fillAtCreation(object, kind, store);
  fillDefaults(object, schemaOf(kind.kind));
  if (!isObject(object)) throw refusedName(kind.kind);
  const errors = [...check(object, schemaOf(kind.kind)).invalid, ...validate(object, old, store)];
  if (errors.length > 0) throw invalid({ kind: kind.kind, name: object.metadata.name }, errors);
  return object;
}

/** What the real admission plugins and strategies set, as far as the kubelet, the controllers or kubectl look at it. */
function fillAtCreation(object: JsonObject, kind: Kind, store: ObjectStore): void {
  if (kind.status) Reflect.deleteProperty(object, "status");
  if (kind.kind === "Namespace") fillNamespace(object);
  if (kind.kind === "PersistentVolumeClaim") fillStorageClass(specOf(object), store);
  const status = FIRST_STATUS[kind.kind];
  if (status !== undefined) object["status"] = structuredClone(status);
}

const specOf = ({ spec }: JsonObject): JsonObject => (isRecord(spec) ? spec : {});

function fillNamespace(object: JsonObject): void {
  const metadata = isRecord(object["metadata"]) ? object["metadata"] : {};
  const labels = isRecord(metadata["labels"]) ? metadata["labels"] : {};
  metadata["labels"] = { ...labels, "kubernetes.io/metadata.name": metadata["name"] ?? "" };
  object["spec"] = { ...specOf(object), finalizers: ["kubernetes"] };
}

function fillStorageClass(spec: JsonObject, store: ObjectStore): void {
  const isStandard = ({ metadata }: KubernetesObject): boolean =>
    metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
  const standard = store.list("StorageClass").find(isStandard);
  if (standard !== undefined) spec["storageClassName"] ??= standard.metadata.name;
}

const FIRST_STATUS: Record<string, JsonObject> = {
  Namespace: { phase: "Active" },
  Pod: { phase: "Pending" },
  PersistentVolumeClaim: { phase: "Pending" },
  PersistentVolume: { phase: "Pending" },
  Service: { loadBalancer: {} },
  StatefulSet: { replicas: 0, availableReplicas: 0 },
};

function fillService(spec: JsonObject, old: KubernetesObject | undefined): void {
  for (const field of ["clusterIP", "clusterIPs"]) {
    // Who leaves the allocated address out keeps it.
    const kept = old?.spec?.[field];
    if (kept !== undefined) spec[field] ??= kept;
  }
  if (Array.isArray(spec["ports"])) spec["ports"].forEach(fillPort);
  if (["LoadBalancer", "NodePort"].some((type) => type === spec["type"]))
    spec["externalTrafficPolicy"] ??= "Cluster";
}

function fillPort(port: Json): void {
  if (isRecord(port) && port["port"] !== undefined) port["targetPort"] ??= port["port"];
}
