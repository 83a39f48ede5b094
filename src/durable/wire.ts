import type { z } from "zod";
import { DomainError, type ErrorCode } from "../domain/errors.ts";

/** Durable Functions turns every text under a key `Timestamp` into a Date, and mangles what is no object. */
export type WireObject = Readonly<Record<string, unknown>> & { readonly Timestamp?: never };

/** A schema of something that crosses the durable wire: JSON objects, no transforms, no dates. */
export type Schema = z.ZodType<WireObject, WireObject>;

type WireErrorCode = Extract<ErrorCode, "invalid-input" | "invalid-output">;

/** Parses `value`, or throws an error that is not worth a retry and names the field. */
export function parse<S extends z.ZodType>(
  schema: S,
  value: unknown,
  code: WireErrorCode,
  subject: string,
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => ({
    field: issue.path.map(String).join("."),
    problem: issue.message,
  }));
  const text = issues
    .slice(0, 5)
    .map(({ field, problem }) => (field === "" ? problem : `"${field}": ${problem}`))
    .join("; ");
  throw new DomainError(code, `${subject} is invalid: ${text}`, {
    details: { fields: issues.map(({ field }) => field) },
  });
}

/** The object itself, when the durable wire gives it back unchanged on the other side. */
export function wire(value: unknown, code: WireErrorCode, subject: string): WireObject {
  if (!isPlainObject(value)) throw new DomainError(code, `${subject} is no object`);
  const path = findTimestamp(value, []);
  if (path !== undefined) {
    throw new DomainError(
      code,
      `${subject} has a key "${path}", which Durable Functions changes on the way`,
    );
  }
  return value;
}

function isPlainObject(value: unknown): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function findTimestamp(value: unknown, path: readonly string[]): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, key];
    const found = key === "Timestamp" ? here.join(".") : findTimestamp(inner, here);
    if (found !== undefined) return found;
  }
  return undefined;
}
