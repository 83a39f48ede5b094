import type { Json, KubernetesObject } from "../store/object.ts";
import { badRequest } from "../store/refusals.ts";

export type Selects = (object: KubernetesObject) => boolean;

type Requirement = (value: string | undefined) => boolean;

const KEY = "([A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?)";
const VALUE = "([-A-Za-z0-9_.]*)";
const FORMS: readonly { form: RegExp; of: (values: string[]) => Requirement }[] = [
  {
    form: new RegExp(`^${KEY}\\s*(?:==|=)\\s*${VALUE}$`),
    of:
      ([wanted]) =>
      (value) =>
        value === wanted,
  },
  {
    form: new RegExp(`^${KEY}\\s*!=\\s*${VALUE}$`),
    of:
      ([unwanted]) =>
      (value) =>
        value !== unwanted,
  },
  {
    form: new RegExp(`^${KEY}\\s+in\\s*\\(([^)]*)\\)$`),
    of: (values) => (value) => value !== undefined && values.includes(value),
  },
  {
    form: new RegExp(`^${KEY}\\s+notin\\s*\\(([^)]*)\\)$`),
    of: (values) => (value) => value === undefined || !values.includes(value),
  },
  { form: new RegExp(`^!\\s*${KEY}$`), of: () => (value) => value === undefined },
  { form: new RegExp(`^${KEY}$`), of: () => (value) => value !== undefined },
];

/** "app=a,tier in (b,c),!d" */
export function labelSelector(text: string): Selects {
  const requirements = splitOutside(text).map((part) => {
    for (const { form, of } of FORMS) {
      const match = form.exec(part);
      if (match === null) continue;
      const [, key = "", values = ""] = match;
      const matches = of(values.split(",").map((value) => value.trim()));
      return (labels: Record<string, string>): boolean =>
        matches(Object.hasOwn(labels, key) ? labels[key] : undefined);
    }
    throw badRequest(`unable to parse requirement: "${part}" of the label selector`);
  });
  return ({ metadata }) => requirements.every((matches) => matches(metadata.labels ?? {}));
}

/** Splits at commas that stand outside of parentheses. */
function splitOutside(text: string): string[] {
  return (text.match(/(?:[^,(]|\([^)]*\)?)+/g) ?? [])
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** The fields that the real API lets a kind be selected by; all else is refused there too. */
const FIELDS: Record<string, readonly string[]> = {
  Pod: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.phase",
    "status.podIP",
  ],
  Event: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  Namespace: ["status.phase"],
  Secret: ["type"],
  Node: ["spec.unschedulable"],
};

/** "metadata.name=a,status.phase!=Failed" */
export function fieldSelector(text: string, kind: string): Selects {
  const known = ["metadata.name", "metadata.namespace", ...(FIELDS[kind] ?? [])];
  const requirements = text
    .split(",")
    .filter((part) => part !== "")
    .map((part) => {
      const match = /^([^!=]+)(==|=|!=)(.*)$/.exec(part);
      if (match === null) throw badRequest(`invalid selector: '${part}'; can't understand it`);
      const [, field = "", operator = "", wanted = ""] = match;
      if (!known.includes(field)) throw badRequest(`field label not supported: ${field}`);
      const path = field === "source" ? ["source", "component"] : field.split(".");
      return (object: KubernetesObject): boolean =>
        (valueAt(object, path) === wanted) === (operator !== "!=");
    });
  return (object) => requirements.every((matches) => matches(object));
}

function valueAt(object: object, path: string[]): string {
  let value: unknown = object;
  for (const key of path)
    value =
      typeof value === "object" && value !== null
        ? (Reflect.get(value, key) as Json | undefined)
        : undefined;
  return typeof value === "string"
    ? value
    : typeof value === "boolean" || typeof value === "number"
      ? String(value)
      : "";
}

export function selection(query: URLSearchParams, kind: string): Selects {
  const byLabel = labelSelector(query.get("labelSelector") ?? "");
  const byField = fieldSelector(query.get("fieldSelector") ?? "", kind);
  return (object) => byLabel(object) && byField(object);
}
