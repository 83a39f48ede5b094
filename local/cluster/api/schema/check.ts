import type { Json } from "../../store/object.ts";
import type { FieldError } from "../../store/refusals.ts";
import type { ObjectSchema, Schema } from "./schema.ts";

type ListSchema = Extract<Schema, { type: "list" }>;

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
  if (schema.type === "object") {
    if (isRecord(value)) visitObject(value, schema, path, findings);
    else wrongType(value, "an object", path, findings);
  } else if (schema.type === "map") {
    if (!isRecord(value)) wrongType(value, "an object", path, findings);
    else
      for (const [key, part] of Object.entries(value))
        visit(part, schema.values, at(path, key), findings);
  } else if (schema.type === "list") {
    if (Array.isArray(value)) visitList(value, schema, path, findings);
    else wrongType(value, "an array", path, findings);
  } else visitScalar(value, schema, path, findings);
}

function visitList(value: Json[], schema: ListSchema, path: string, findings: Findings): void {
  value.forEach((part, index) => visit(part, schema.items, `${path}[${index}]`, findings));
  checkDuplicates(value, schema, path, findings);
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
  const { wanted, fits } = SCALARS[schema.type];
  if (!fits(value)) {
    wrongType(value, wanted, path, findings);
    return;
  }
  if (schema.type === "string" && typeof value === "string")
    checkText(value, schema, path, findings);
  if (schema.type === "integer" && typeof value === "number")
    checkRange(value, schema, path, findings);
}

const isInteger = (value: Json): boolean => typeof value === "number" && Number.isInteger(value);

const SCALARS: Record<Scalar["type"], { wanted: string; fits: (value: Json) => boolean }> = {
  string: { wanted: "a string", fits: (value) => typeof value === "string" },
  integer: { wanted: "an integer", fits: isInteger },
  boolean: { wanted: "a boolean", fits: (value) => typeof value === "boolean" },
  "int-or-string": {
    wanted: "an integer or a string",
    fits: (value) => typeof value === "string" || isInteger(value),
  },
  quantity: {
    wanted: "a quantity such as 500m or 1Gi",
    fits: (value) =>
      typeof value === "number" || (typeof value === "string" && QUANTITY.test(value)),
  },
};

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
  schema: ListSchema,
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
  if (schema.type === "list" && Array.isArray(value))
    for (const item of value) fillDefaults(item, schema.items);
  if (!isRecord(value)) return;
  if (schema.type === "map")
    for (const part of Object.values(value)) fillDefaults(part, schema.values);
  if (schema.type !== "object") return;
  for (const [key, field] of Object.entries(schema.fields)) fillField(value, key, field);
}

function fillField(value: Record<string, Json>, key: string, field: Schema): void {
  if (value[key] === null && field.type !== "anything") Reflect.deleteProperty(value, key);
  if (field.default !== undefined && value[key] === undefined)
    value[key] = structuredClone(field.default);
  const part = value[key];
  if (part !== undefined) fillDefaults(part, field);
}
