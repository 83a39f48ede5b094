import { createHash } from "node:crypto";
import type { IdempotencyKey } from "../domain/metadata.ts";
import { refusal } from "./refusal.ts";

/** The Idempotency-Key of a request and what it stands for; undefined when there is none. */
export function idempotencyOf(
  headers: { get(name: string): string | null },
  scope: string,
  request: unknown,
): IdempotencyKey | undefined {
  const key = headers.get("idempotency-key");
  if (key === null) return undefined;
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw refusal([
      {
        pointer: "/headers/idempotency-key",
        code: "bad-format",
        message: "must have 1 to 200 visible ASCII characters",
      },
    ]);
  }
  return { key, scope, requestHash: hashOf(request) };
}

/** Equal for equal requests, whatever the order of their fields. */
export function hashOf(request: unknown): string {
  return createHash("sha256").update(canonical(request)).digest("hex");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.join(",")}}`;
}
