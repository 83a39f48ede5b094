import type { IncomingMessage } from "node:http";
import { parse } from "yaml";
import type { Json } from "../store/object.ts";
import { badRequest } from "../store/refusals.ts";
import { ApiStatusError } from "../store/status-error.ts";

/** The real API server's limit. */
const MAX_BYTES = 3 * 1024 * 1024;

export async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    const bytes = part as Buffer;
    size += bytes.length;
    if (size > MAX_BYTES)
      throw new ApiStatusError(
        "RequestEntityTooLarge",
        `Request entity too large: limit is ${MAX_BYTES}`,
      );
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString("utf8");
}

export const mediaTypeOf = (request: IncomingMessage): string =>
  (request.headers["content-type"] ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? "";

export function unsupportedMediaType(given: string, supported: readonly string[]): ApiStatusError {
  return new ApiStatusError(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${supported.join(", ")} (got ${given})`,
  );
}

const YAML_TYPES = ["application/yaml", "application/apply-patch+yaml"];

export function parseBody(text: string, mediaType: string): Json {
  try {
    // JSON is YAML, so a client may send either where YAML is meant.
    return YAML_TYPES.includes(mediaType) ? (parse(text) as Json) : (JSON.parse(text) as Json);
  } catch {
    // The parser's own words quote the text, which may be a Secret.
    throw badRequest(
      `the body of the request is not valid ${YAML_TYPES.includes(mediaType) ? "YAML" : "JSON"}`,
    );
  }
}
