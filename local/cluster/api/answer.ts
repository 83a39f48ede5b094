import type { ServerResponse } from "node:http";
import { ApiStatusError } from "../store/status-error.ts";

/** The `Status` object that the real API answers a refusal with. */
export function statusOf(error: ApiStatusError): object {
  const { reason, code, message, details } = error;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(Object.keys(details).length > 0 ? { details } : {}),
    code,
  };
}

/** What an unexpected failure becomes; its own words go to stderr only. */
export function asStatusError(error: unknown): ApiStatusError {
  if (error instanceof ApiStatusError) return error;
  process.stderr.write(
    `The cluster failed at a request: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return new ApiStatusError("InternalError", "Internal error occurred: see the cluster's own log");
}

export function answerJson(
  response: ServerResponse,
  code: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(code, {
    "Content-Type": "application/json",
    "Cache-Control": "no-cache, private",
    ...headers,
  });
  response.end(text);
}

export function answerError(response: ServerResponse, error: unknown): void {
  const status = asStatusError(error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const after = status.details.retryAfterSeconds;
  answerJson(
    response,
    status.code,
    statusOf(status),
    after === undefined ? {} : { "Retry-After": String(after) },
  );
}
