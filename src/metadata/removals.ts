import { z } from "zod";
import type { ObjectRef } from "../domain/cluster.ts";
import type { Database } from "./pool.ts";
import { json, reader } from "./rows.ts";

const Noted = z.object({ kind: z.string(), name: z.string(), uid: z.string() });
const removalOf = reader(z.object({ removal: z.record(z.string(), Noted) }));

/** By uid, so that what is seen again is kept once. */
export async function noteRemoval(
  database: Database,
  operationId: string,
  objects: readonly ObjectRef[],
): Promise<readonly ObjectRef[]> {
  const sql =
    objects.length === 0
      ? "select removal from operations where id = $1"
      : `update operations set removal = removal || $2::jsonb where id = $1 returning removal`;
  const seen = Object.fromEntries(
    objects.map(({ kind, name, uid }) => [uid, { kind, name, uid }] as const),
  );
  const row = await database.first(
    removalOf,
    sql,
    objects.length === 0 ? [operationId] : [operationId, json(seen)],
  );
  return row === undefined ? objects : Object.values(row.removal);
}
