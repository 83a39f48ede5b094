import { setTimeout as delay } from "node:timers/promises";
import { DomainError, type ErrorCode } from "../domain/errors.ts";

/** The work's own outcome, or an error with this code when it takes longer; what is late is no longer waited for. */
export async function within<T>(
  ms: number,
  work: Promise<T>,
  late: { readonly code: ErrorCode; readonly what: string },
): Promise<T> {
  const patience = new AbortController();
  const limit = delay(ms, undefined, { signal: patience.signal }).then((): never => {
    throw new DomainError(late.code, `${late.what} did not answer within ${ms} ms`);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    patience.abort();
  }
}
