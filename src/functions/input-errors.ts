import type { z } from "zod";
import { pointerTo, refusal, type InputError } from "./refusal.ts";

type Issue = z.core.$ZodIssue;
type Fault = Omit<InputError, "pointer">;

/** Parses what a client sent, or refuses it with a pointer and a code for each field that is wrong. */
export function parseInput<S extends z.ZodType>(
  schema: S,
  value: unknown,
  place: "" | "/query" = "",
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues
    .flatMap((issue) => errorsOf(issue, value))
    .map((error) => ({ ...error, pointer: place + error.pointer }))
    .map((error) => (place === "" ? error : asParameter(error)));
  throw refusal(oneEach(errors));
}

/** One cause has one error: a name that is empty is not also in a wrong format. */
function oneEach(errors: readonly InputError[]): InputError[] {
  const first = new Map<string, InputError>();
  for (const error of errors) if (!first.has(error.pointer)) first.set(error.pointer, error);
  return [...first.values()];
}

function asParameter(error: InputError): InputError {
  if (error.code !== "unknown-field") return error;
  return { ...error, code: "unknown-parameter", message: "is not a parameter of this call" };
}

function errorsOf(issue: Issue, root: unknown): InputError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      pointer: pointerTo([...issue.path, key]),
      code: "unknown-field",
      message: "is not a field of this request",
    }));
  }
  const value = valueAt(root, issue.path);
  return [{ pointer: pointerTo(issue.path), ...faultOf(issue, value) }];
}

/** Values are never repeated: one of them is a password. */
function faultOf(issue: Issue, value: unknown): Fault {
  if (value === undefined) return { code: "required", message: "is required" };
  if (issue.code === "invalid_type") return wrongType(issue.expected, value);
  if (issue.code === "too_small") return tooSmall(issue);
  if (issue.code === "too_big") return tooBig(issue);
  if (issue.code === "invalid_value") return notAmong(issue.values, value);
  if (issue.code === "custom") return { code: "not-allowed", message: issue.message };
  if (issue.code === "invalid_union" && typeof value !== "string") {
    return wrongType("string", value);
  }
  return { code: "bad-format", message: issue.message };
}

function notAmong(values: readonly unknown[], value: unknown): Fault {
  const type = typeof values[0];
  if (typeof value !== type) return wrongType(type, value);
  return { code: "not-allowed", message: `must be one of ${values.map(String).join(", ")}` };
}

function wrongType(expected: string, value: unknown): Fault {
  return { code: "wrong-type", message: `must be ${named(expected)}, not ${kindOf(value)}` };
}

const NAMES: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a string",
  boolean: "true or false",
  array: "an array",
  object: "an object",
};

function named(type: string): string {
  return NAMES[type] ?? type;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number" && !Number.isInteger(value)) return "a fraction";
  return typeof value === "boolean" ? "a boolean" : named(typeof value);
}

function tooSmall(issue: Extract<Issue, { code: "too_small" }>): Fault {
  if (issue.origin === "string") return { code: "too-short", message: issue.message };
  if (issue.origin === "array") {
    return { code: "too-short", message: `must have at least ${String(issue.minimum)} items` };
  }
  return { code: "too-small", message: `must be at least ${String(issue.minimum)}` };
}

function tooBig(issue: Extract<Issue, { code: "too_big" }>): Fault {
  if (issue.origin === "string") return { code: "too-long", message: issue.message };
  if (issue.origin === "array") {
    return { code: "too-long", message: `must have at most ${String(issue.maximum)} items` };
  }
  return { code: "too-large", message: `must be at most ${String(issue.maximum)}` };
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
