import type { IncomingMessage } from "node:http";
import { pathSegments } from "./route-template.ts";

/** A request whose target has been understood. */
export interface Request {
  readonly method: string;
  /** With the authority that the caller used. */
  readonly url: URL;
  /** Decoded, but for `%2F`. */
  readonly segments: readonly string[];
  /** Null when it is longer than the limit. */
  body(): Promise<Buffer | null>;
  /** Repeated ones joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
}

/** As the real host: 100 MB. */
export const BODY_LIMIT = 100 * 1024 * 1024;

/** Null when the target is none (400). `authority` stands in for a missing or malformed Host. */
export function readRequest(message: IncomingMessage, authority: string): Request | null {
  const target = message.url ?? "/";
  if (!target.startsWith("/")) return null;
  const host = message.headers.host ?? authority;
  const text = URL.canParse(`http://${host}${target}`)
    ? `http://${host}${target}`
    : `http://${authority}${target}`;
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const segments = pathSegments(url.pathname);
  if (segments === null) return null;
  return {
    method: (message.method ?? "GET").toUpperCase(),
    url,
    segments,
    headers: headersOf(message),
    body: () => readBody(message),
  };
}

async function readBody(message: IncomingMessage): Promise<Buffer | null> {
  if (Number(message.headers["content-length"]) > BODY_LIMIT) return null;
  const chunks: Buffer[] = [];
  let length = 0;
  // What is left unread must not take the connection down before the refusal is sent.
  const body: AsyncIterable<Buffer> = message.iterator({ destroyOnReturn: false });
  for await (const chunk of body) {
    length += chunk.length;
    if (length > BODY_LIMIT) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A repeated name arrives as one value, joined by commas. */
export function joinedQuery(parameters: URLSearchParams): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const name of new Set(parameters.keys())) joined[name] = parameters.getAll(name).join(",");
  return joined;
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}
