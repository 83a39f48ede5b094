import type { Json } from "../../store/object.ts";
import type { FieldError } from "../../store/refusals.ts";
import type { ObjectSchema, Schema } from "./schema.ts";

export interface Findings {
  /** Paths that the schema doesn't know: the real API's "strict decoding error". */
  unknown: string[];
  /** A wrong JSON type: the real API cannot decode the body (400). */
  undecodable: string[];
  /** What it can decode and still refuses (422). */
  invalid: FieldError[];
}

const QUANTITY = /^[+-]?(\d+(\.\d*)?|\.\d+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$/;

const isRecord = (value: Json): value is Record<string, Json> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const at = (path: string, field: string): string => (path === "" ? field : `${path}.${field}`);

/** Looks at a whole object; null counts as absent, as in the real API. */
export function check(value: Json, schema: Schema): Findings {
  const findings: Findings = { unknown: [], undecodable: [], invalid: [] };
  visit(value, schema, "", findings);
  return findings;
}

function visit(value: Json, schema: Schema, path: string, findings: Findings): void {
  if (value === null || schema.type === "anything") return;
  switch (schema.type) {
    case "object":
      if (isRecord(value)) visitObject(value, schema, path, findings);
      else wrongType(value, "an object", path, findings);
      return;
    case "map":
      if (!isRecord(value)) return void wrongType(value, "an object", path, findings);
      for (const [key, part] of Object.entries(value))
        visit(part, schema.values, at(path, key), findings);
      return;
    case "list":
      if (!Array.isArray(value)) return void wrongType(value, "an array", path, findings);
      value.forEach((part, index) => visit(part, schema.items, `${path}[${index}]`, findings));
      checkDuplicates(value, schema, path, findings);
      return;
    default:
      visitScalar(value, schema, path, findings);
  }
}

function visitObject(
  value: Record<string, Json>,
  schema: ObjectSchema,
  path: string,
  findings: Findings,
): void {
  for (const [key, part] of Object.entries(value)) {
    const field = schema.fields[key];
    if (field === undefined) findings.unknown.push(at(path, key));
    else visit(part, field, at(path, key), findings);
  }
  for (const key of schema.required) {
    const part = value[key];
    if (
      part === undefined ||
      part === null ||
      part === "" ||
      (Array.isArray(part) && part.length === 0)
    ) {
      findings.invalid.push({
        reason: "FieldValueRequired",
        field: at(path, key),
        message: "Required value",
      });
    }
  }
}

type Scalar = Exclude<Schema, { type: "object" | "map" | "list" | "anything" }>;

function visitScalar(value: Json, schema: Scalar, path: string, findings: Findings): void {
  switch (schema.type) {
    case "string":
      if (typeof value !== "string") return void wrongType(value, "a string", path, findings);
      return void checkText(value, schema, path, findings);
    case "integer":
      if (typeof value !== "number" || !Number.isInteger(value))
        return void wrongType(value, "an integer", path, findings);
      return void checkRange(value, schema, path, findings);
    case "boolean":
      if (typeof value !== "boolean") wrongType(value, "a boolean", path, findings);
      return;
    case "quantity":
      if (!QUANTITY.test(String(value))) {
        findings.undecodable.push(
          `${path}: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
        );
      }
      return;
    case "int-or-string":
      if (typeof value !== "string" && !Number.isInteger(value))
        wrongType(value, "an integer or a string", path, findings);
  }
}

function wrongType(value: Json, wanted: string, path: string, findings: Findings): void {
  const is = Array.isArray(value) ? "array" : typeof value;
  findings.undecodable.push(
    `cannot unmarshal ${is} into field ${path === "" ? "(root)" : path}: ${wanted} is expected`,
  );
}

function checkText(
  value: string,
  schema: Extract<Schema, { type: "string" }>,
  path: string,
  { invalid }: Findings,
): void {
  if (schema.oneOf !== undefined && !schema.oneOf.includes(value)) {
    const supported = schema.oneOf.map((one) => JSON.stringify(one)).join(", ");
    invalid.push({
      reason: "FieldValueNotSupported",
      field: path,
      message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`,
    });
  }
  if (schema.pattern !== undefined && !schema.pattern.is.test(value)) {
    // The value stays out of the message: it may be a Secret's.
    invalid.push({
      reason: "FieldValueInvalid",
      field: path,
      message: `Invalid value: ${schema.pattern.says}`,
    });
  }
}

function checkRange(
  value: number,
  { min, max }: { min?: number; max?: number },
  path: string,
  { invalid }: Findings,
): void {
  if (min !== undefined && value < min) {
    invalid.push({
      reason: "FieldValueInvalid",
      field: path,
      message: `Invalid value: ${value}: must be greater than or equal to ${min}`,
    });
  }
  if (max !== undefined && value > max) {
    invalid.push({
      reason: "FieldValueInvalid",
      field: path,
      message: `Invalid value: ${value}: must be less than or equal to ${max}`,
    });
  }
}

function checkDuplicates(
  value: Json[],
  schema: Extract<Schema, { type: "list" }>,
  path: string,
  { invalid }: Findings,
): void {
  const { keys } = schema;
  if (keys === undefined && schema.set !== true) return;
  const seen = new Set<string>();
  value.forEach((item, index) => {
    const key = keys === undefined ? JSON.stringify(item) : keyOfItem(item, keys, schema.items);
    if (seen.has(key))
      invalid.push({
        reason: "FieldValueDuplicate",
        field: `${path}[${index}]`,
        message: `Duplicate value: ${key}`,
      });
    seen.add(key);
  });
}

/** {"containerPort":5432,"protocol":"TCP"}: names an item of a list that is merged by keys; defaults count. */
export function keyOfItem(item: Json, keys: readonly string[], schema: Schema): string {
  const fields = schema.type === "object" ? schema.fields : {};
  const named = keys.map(
    (key) =>
      [key, (isRecord(item) ? item[key] : undefined) ?? fields[key]?.default ?? null] as const,
  );
  return JSON.stringify(Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** Drops nulls and fills what the schema knows a default for, in place. */
export function fillDefaults(value: Json, schema: Schema): void {
  if (Array.isArray(value)) {
    if (schema.type === "list") for (const item of value) fillDefaults(item, schema.items);
    return;
  }
  if (!isRecord(value)) return;
  if (schema.type === "map")
    for (const part of Object.values(value)) fillDefaults(part, schema.values);
  if (schema.type !== "object") return;
  for (const [key, field] of Object.entries(schema.fields)) {
    if (value[key] === null && field.type !== "anything") Reflect.deleteProperty(value, key);
    const missing = value[key] === undefined && field.default !== undefined;
    if (missing) value[key] = structuredClone(field.default ?? null);
    const part = value[key];
    if (part !== undefined) fillDefaults(part, field);
  }
}
