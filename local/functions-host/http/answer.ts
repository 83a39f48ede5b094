import type { ServerResponse } from "node:http";

/** What goes back over HTTP; without a body the length is 0. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

export function empty(status: number): Answer {
  return { status };
}

/** JSON as the host's own endpoints write it: compact, with a charset. */
export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const body = JSON.stringify(value);
  return {
    status,
    headers: { "Content-Type": "application/json; charset=utf-8", ...headers },
    body,
  };
}

export function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, typeof value === "string" ? value : [...value]);
  }
  const bytes = Buffer.from(body ?? "");
  if (status !== 204 && status !== 304) response.setHeader("Content-Length", bytes.length);
  response.end(bytes);
}
