import { z } from "zod";
import { DomainError, type ErrorCode } from "../domain/errors.ts";

/** What is wrong with one part of a request: the codes are part of the API. */
export const InputError = z.object({
  /** A JSON pointer into the body; `/query/…`, `/headers/…` for what is not in it. */
  pointer: z.string(),
  code: z.enum([
    "required",
    "unknown-field",
    "unknown-parameter",
    "duplicate-field",
    "wrong-type",
    "too-small",
    "too-large",
    "too-short",
    "too-long",
    "bad-format",
    "not-allowed",
    "taken",
  ]),
  message: z.string(),
});
export type InputError = z.infer<typeof InputError>;

const MAX_ERRORS = 20;

/** The error that names all that is wrong with a request at once. */
export function refusal(
  errors: readonly InputError[],
  code: Extract<ErrorCode, "invalid-request" | "invalid-password"> = "invalid-request",
): DomainError {
  const [first, ...others] = errors;
  const where = first === undefined || first.pointer === "" ? "" : `"${first.pointer}" `;
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  return new DomainError(code, `${where}${first?.message ?? "the request is invalid"}${more}`, {
    details: { errors: errors.slice(0, MAX_ERRORS) },
  });
}

/** RFC 6901, with a bound on what a client can make us repeat. */
export function pointerTo(path: readonly PropertyKey[]): string {
  return path
    .map((key) => String(key).slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1"))
    .map((key) => `/${key}`)
    .join("");
}
