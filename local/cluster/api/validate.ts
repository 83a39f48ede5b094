import { sameJson } from "../store/same-json.ts";
import type { Json, JsonObject, KubernetesObject, NewObject } from "../store/object.ts";
import type { FieldError } from "../store/refusals.ts";
import type { ObjectStore } from "../store/store.ts";
import { isRecord } from "./patch/fields.ts";
import { bytesOf } from "./quantity.ts";

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** rbac names are path segments: anything but these. */
const SEGMENT = /^(?!\.{1,2}$)[^/%]+$/;

const NAME_RULES: Record<string, { is: RegExp; max: number; says: string }> = {
  Namespace: {
    is: LABEL,
    max: 63,
    says: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  },
  Service: {
    is: LABEL_1035,
    max: 63,
    says: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  },
  Role: { is: SEGMENT, max: 253, says: "may not contain '/' or '%'" },
  RoleBinding: { is: SEGMENT, max: 253, says: "may not contain '/' or '%'" },
};
const ANY_NAME = {
  is: SUBDOMAIN,
  max: 253,
  says: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
};

const bad = (field: string, message: string): FieldError => ({
  reason: "FieldValueInvalid",
  field,
  message: `Invalid value: ${message}`,
});
const forbidden = (field: string, message: string): FieldError => ({
  reason: "FieldValueForbidden",
  field,
  message: `Forbidden: ${message}`,
});
const required = (field: string, message = ""): FieldError => ({
  reason: "FieldValueRequired",
  field,
  message: message === "" ? "Required value" : `Required value: ${message}`,
});

type Rule = (
  object: NewObject,
  old: KubernetesObject | undefined,
  store: ObjectStore,
) => FieldError[];

/** What the real API refuses beyond the shape: names, references inside one object, fields that may not change. */
export function validate(
  object: NewObject,
  old: KubernetesObject | undefined,
  store: ObjectStore,
): FieldError[] {
  return [
    ...checkName(object),
    ...unchanged(object, old),
    ...(RULES[object.kind]?.(object, old, store) ?? []),
  ];
}

function checkName({ kind, metadata }: NewObject): FieldError[] {
  const { is, max, says } = NAME_RULES[kind] ?? ANY_NAME;
  if (metadata.name === "") return [required("metadata.name", "name or generateName is required")];
  if (metadata.name.length > max)
    return [bad("metadata.name", `"${metadata.name}": must be no more than ${max} characters`)];
  return is.test(metadata.name) ? [] : [bad("metadata.name", `"${metadata.name}": ${says}`)];
}

/** Top-level fields that stay as they were created. */
const FIXED: Record<
  string,
  readonly (
    "type" | "roleRef" | "provisioner" | "parameters" | "reclaimPolicy" | "volumeBindingMode"
  )[]
> = {
  Secret: ["type"],
  RoleBinding: ["roleRef"],
  StorageClass: ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"],
};

function unchanged(object: NewObject, old: KubernetesObject | undefined): FieldError[] {
  if (old === undefined) return [];
  return (FIXED[object.kind] ?? [])
    .filter((field) => !sameJson(object[field], old[field]))
    .map((field) => bad(field, `${JSON.stringify(object[field] ?? null)}: field is immutable`));
}

const frozenData: Rule = (object, old) => {
  if (old?.immutable !== true) return [];
  const errors: FieldError[] = [];
  if (object.immutable !== true)
    errors.push(forbidden("immutable", "field is immutable when `immutable` is set"));
  for (const field of ["data", "binaryData"] as const) {
    if (!sameJson(object[field] ?? {}, old[field] ?? {}))
      errors.push(forbidden(field, "field is immutable when `immutable` is set"));
  }
  return errors;
};

const without = (spec: JsonObject | undefined, fields: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(spec ?? {}).filter(([key]) => !fields.includes(key)));

const FREE_OF_STATEFULSET = [
  "replicas",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

const statefulSet: Rule = ({ spec = {} }, old) => {
  const errors: FieldError[] = [];
  const wanted = at(spec, "selector", "matchLabels");
  const labels = at(spec, "template", "metadata", "labels");
  const matches =
    isRecord(wanted) &&
    Object.entries(wanted).every(([key, value]) => isRecord(labels) && labels[key] === value);
  if (!matches)
    errors.push(
      bad(
        "spec.template.metadata.labels",
        `${JSON.stringify(labels ?? {})}: \`selector\` does not match template \`labels\``,
      ),
    );
  if (at(spec, "template", "spec", "restartPolicy") !== "Always") {
    errors.push({
      reason: "FieldValueNotSupported",
      field: "spec.template.spec.restartPolicy",
      message: 'Unsupported value: supported values: "Always"',
    });
  }
  if (
    old !== undefined &&
    !sameJson(without(spec, FREE_OF_STATEFULSET), without(old.spec, FREE_OF_STATEFULSET))
  ) {
    errors.push(
      forbidden(
        "spec",
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ),
    );
  }
  return errors;
};

const storageOf = (spec: JsonObject | undefined): number =>
  bytesOf(at(spec ?? {}, "resources", "requests", "storage") ?? null);

const claim: Rule = ({ spec = {} }, old, store) => {
  if (at(spec, "resources", "requests", "storage") === undefined)
    return [required("spec.resources[storage]")];
  if (old === undefined) return [];
  // A controller binds the claim once; a person may only grow it.
  const fixed = ["resources", ...(old.spec?.["volumeName"] === undefined ? ["volumeName"] : [])];
  if (!sameJson(without(spec, fixed), without(old.spec, fixed))) {
    return [
      forbidden(
        "spec",
        "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
      ),
    ];
  }
  if (storageOf(spec) < storageOf(old.spec)) {
    return [
      forbidden("spec.resources.requests.storage", "field can not be less than previous value"),
    ];
  }
  const name = spec["storageClassName"];
  const growable =
    typeof name === "string" &&
    store.get({ kind: "StorageClass", name })?.allowVolumeExpansion === true;
  if (storageOf(spec) > storageOf(old.spec) && !growable) {
    return [
      forbidden(
        "spec.resources.requests.storage",
        "the storage class of this claim does not allow its volume to be expanded",
      ),
    ];
  }
  return [];
};

const service: Rule = ({ spec = {} }, old) => {
  const errors: FieldError[] = [];
  const ports = Array.isArray(spec["ports"]) ? spec["ports"] : [];
  if (ports.length === 0 && spec["clusterIP"] !== "None") errors.push(required("spec.ports"));
  if (ports.length > 1) {
    ports.forEach((port, index) => {
      if (isRecord(port) && typeof port["name"] !== "string")
        errors.push(required(`spec.ports[${index}].name`));
    });
  }
  const before = old?.spec?.["clusterIP"];
  if (before !== undefined && before !== spec["clusterIP"]) {
    errors.push(
      bad("spec.clusterIP", `${JSON.stringify(spec["clusterIP"] ?? null)}: field is immutable`),
    );
  }
  return errors;
};

const pod: Rule = ({ spec = {} }, old) => {
  if (old === undefined) return [];
  const comparable = (given: JsonObject | undefined): JsonObject => {
    const { containers, ...rest } = without(given, [
      "tolerations",
      "terminationGracePeriodSeconds",
    ]);
    const bare = Array.isArray(containers)
      ? containers.map((c) => (isRecord(c) ? without(c, ["image"]) : c))
      : [];
    return { ...rest, containers: bare };
  };
  if (sameJson(comparable(spec), comparable(old.spec))) return [];
  return [
    forbidden(
      "spec",
      "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    ),
  ];
};

const RULES: Record<string, Rule> = {
  Secret: frozenData,
  ConfigMap: frozenData,
  StatefulSet: statefulSet,
  PersistentVolumeClaim: claim,
  Service: service,
  Pod: pod,
};

function at(value: Json, ...path: string[]): Json | undefined {
  let found: Json | undefined = value;
  for (const key of path) found = isRecord(found) ? found[key] : undefined;
  return found;
}
