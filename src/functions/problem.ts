import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import type { Reply } from "./endpoint.ts";
import { InputError } from "./refusal.ts";

/** RFC 9457, with our own members after the standard ones. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  errors: z.array(InputError).optional(),
  /** The operation that is in the way. */
  operationId: z.string().optional(),
  requestId: z.string(),
});
export type Problem = z.infer<typeof Problem>;

const RETRY_AFTER_SECONDS = 5;

/** The one translation of errors into answers: what is not ours becomes a bare 500. */
export function problemReply(error: unknown, requestId: string): Reply {
  const known = error instanceof DomainError ? error : unexpected();
  const { code, status, message } = known;
  const problem: Problem = {
    type: `urn:toygres:error:${code}`,
    title: titleOf(code),
    status,
    detail: message,
    code,
    ...shown(known),
    requestId,
  };
  return {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(status === 503 && { "retry-after": String(RETRY_AFTER_SECONDS) }),
    },
    body: problem,
  };
}

function unexpected(): DomainError {
  return new DomainError(
    "internal",
    "something went wrong on our side; the log has the request's id",
  );
}

const Shown = Problem.pick({ errors: true, operationId: true });

/** Of an error's details only what the API promises is shown. */
function shown(error: DomainError): z.infer<typeof Shown> {
  const blamed = blame(error);
  return { ...(blamed && { errors: [blamed] }), ...Shown.safeParse(error.details ?? {}).data };
}

/** What is to blame when the metadata refuses what looked right; it knows fields, and not where they came from. */
function blame({ code, message, details }: DomainError): InputError | undefined {
  if (code === "name-taken") return { pointer: "/name", code: "taken", message };
  if (code === "dns-label-taken") return { pointer: "/dnsLabel", code: "taken", message };
  if (code === "invalid-request" && details?.["pointer"] === "/cursor") {
    return { pointer: "/query/cursor", code: "bad-format", message };
  }
  return undefined;
}

function titleOf(code: string): string {
  const words = code.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
