import { DomainError } from "../domain/errors.ts";
import { jsonFault, type JsonFault } from "./json-scan.ts";
import { pointerTo, refusal } from "./refusal.ts";

const MAX_BYTES = 64 * 1024;

/** The part of a request that a body is read from. */
export interface BodySource {
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** The JSON of a request, or undefined when it has no body at all. */
export async function readJson(request: BodySource): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  assertJson(request);
  const text = decode(bytes);
  const fault = jsonFault(text);
  if (fault !== undefined) throw refusalOf(fault);
  return JSON.parse(text);
}

async function readBytes({ headers, body }: BodySource): Promise<Uint8Array> {
  if (Number(headers.get("content-length") ?? 0) > MAX_BYTES) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): DomainError {
  return new DomainError("body-too-large", "the body is larger than 64 KiB");
}

function assertJson({ headers }: BodySource): void {
  const type = headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?;?$/i.test(type.trim())) {
    throw new DomainError(
      "unsupported-media-type",
      'send the body as JSON in UTF-8, with the header "content-type: application/json"',
    );
  }
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding.trim().toLowerCase() !== "identity") {
    throw new DomainError("unsupported-media-type", "send the body without a content-encoding");
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw malformed("the body is not UTF-8");
  }
}

function refusalOf(fault: JsonFault): DomainError {
  switch (fault.kind) {
    case "syntax":
      return malformed(`the body is not JSON: it goes wrong at position ${fault.position}`);
    case "too-deep":
      return malformed(`the body is nested too deeply at position ${fault.position}`);
    case "duplicate":
      return refusal([
        { pointer: pointerTo(fault.path), code: "duplicate-field", message: "is there twice" },
      ]);
  }
}

function malformed(message: string): DomainError {
  return refusal([{ pointer: "", code: "bad-format", message }]);
}
