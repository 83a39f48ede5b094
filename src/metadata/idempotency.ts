import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import type { IdempotencyKey } from "../domain/metadata.ts";
import type { Queries } from "./pool.ts";
import { reader } from "./rows.ts";

const known = reader(z.object({ requestHash: z.string(), operationId: z.string() }));

/**
 * Takes the key for this operation, or answers the operation that has it. The key is written first of all:
 * a concurrent duplicate waits at its index until the first request has committed or was refused.
 */
export async function takeKey(
  queries: Queries,
  idempotency: IdempotencyKey | undefined,
  operationId: string,
): Promise<string | undefined> {
  if (!idempotency) return undefined;
  const { scope, key, requestHash } = idempotency;
  const taken = await queries.run(
    `insert into idempotency_keys (scope, key, request_hash, operation_id)
     values ($1, $2, $3, $4) on conflict do nothing`,
    [scope, key, requestHash, operationId],
  );
  if (taken === 1) return undefined;
  const first = await queries.first(
    known,
    `select request_hash as "requestHash", operation_id as "operationId"
     from idempotency_keys where scope = $1 and key = $2`,
    [scope, key],
  );
  if (first?.requestHash !== requestHash) {
    const message =
      "this Idempotency-Key was sent with another request; use a new key for a new request";
    throw new DomainError("idempotency-key-reused", message);
  }
  return first.operationId;
}

/** Lets the key lead to the operation that was under way already. */
export async function pointKey(
  queries: Queries,
  idempotency: IdempotencyKey | undefined,
  operationId: string,
): Promise<void> {
  if (!idempotency) return;
  await queries.run("update idempotency_keys set operation_id = $3 where scope = $1 and key = $2", [
    idempotency.scope,
    idempotency.key,
    operationId,
  ]);
}
