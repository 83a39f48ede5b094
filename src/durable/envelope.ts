import { z } from "zod";
import { DomainError, isErrorCode, type ErrorEnvelope } from "../domain/errors.ts";
import type { WireObject } from "./wire.ts";

/** What every activity gives back: durable-functions itself keeps nothing of a thrown error but its text. */
export type Envelope = { readonly ok: WireObject } | { readonly error: ErrorEnvelope };

const envelopeOnWire = z.union([
  z.object({ ok: z.record(z.string(), z.unknown()) }),
  z.object({
    error: z.object({
      code: z.custom<ErrorEnvelope["code"]>(
        (code) => typeof code === "string" && isErrorCode(code),
      ),
      message: z.string(),
      retryable: z.boolean(),
      details: z.record(z.string(), z.json()).optional(),
    }),
  }),
]);

/** The value inside an envelope; throws the error inside it. */
export function unwrap(envelope: unknown, activity: string): WireObject {
  const parsed = envelopeOnWire.safeParse(envelope);
  if (!parsed.success)
    throw new DomainError("invalid-output", `"${activity}" did not answer with an envelope`);
  if ("ok" in parsed.data) return parsed.data.ok;
  const { details, ...error } = parsed.data.error;
  throw DomainError.fromEnvelope({ ...error, ...(details && { details }) });
}

/** Any error as one of ours; of a foreign one the text stays behind, because it can carry a secret. */
export function toDomainError(error: unknown, subject: string): DomainError {
  if (error instanceof DomainError) return error;
  return new DomainError("internal", `"${subject}" failed unexpectedly; its log says where`);
}

/** A task that failed without our envelope: its worker died, or the function ran out of time. */
export function lostActivity(activity: string): DomainError {
  return new DomainError("activity-lost", `"${activity}" ended without an answer`);
}

/** An orchestrator's error as the host is given it: text only, capped, since the host adds kilobytes of its own. */
export function toThrown({ code, message }: DomainError): Error {
  return new Error(`${code}: ${message}`.slice(0, 1000));
}

/** The way back from {@link toThrown}, out of the text that the host wraps around it. */
export function fromThrown(text: string, orchestration: string): DomainError {
  const [first = ""] = text.split(" \n ");
  const found = /failed: {1,2}([a-z0-9:-]+): ([\s\S]+)$/.exec(first);
  const [, code = "", message = ""] = found ?? [];
  if (isErrorCode(code)) return new DomainError(code, message);
  return new DomainError("orchestration-lost", `"${orchestration}" ended without a result`);
}
