import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import { InstanceId } from "../domain/instance.ts";
import type { Page, PageRequest } from "../domain/metadata.ts";

/** A list, so that a cursor of another one is refused. */
export type List = "instances" | "operations" | "events";

/** Of a year that PostgreSQL has, too. */
const at = z.iso.datetime().refine((text) => text >= "1970");

const Cursor = z.union([
  z.tuple([z.literal("instances"), at, InstanceId]),
  z.tuple([z.literal("operations"), at, z.string().regex(/^[^\0]{1,200}$/)]),
  z.tuple([z.literal("events"), at, z.string().regex(/^[1-9][0-9]{0,17}$/)]),
]);

interface Position {
  readonly at: string;
  readonly id: string;
}

/** Where the page begins: behind this row. */
export function positionOf(list: List, { cursor }: PageRequest): Position | undefined {
  if (cursor === undefined) return undefined;
  const parsed = Cursor.safeParse(decode(cursor));
  if (!parsed.success || parsed.data[0] !== list) {
    const message = "the cursor is not one of this list; leave it out to begin with the first page";
    throw new DomainError("invalid-request", message, { details: { pointer: "/cursor" } });
  }
  const [, at, id] = parsed.data;
  return { at, id };
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Makes a page of `limit` items from one row more than that. */
export function pageOf<T>(
  list: List,
  rows: readonly T[],
  { limit }: PageRequest,
  position: (item: T) => Position,
): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  const { at, id } = position(last);
  const cursor = JSON.stringify([list, at, id]);
  return { items, nextCursor: Buffer.from(cursor).toString("base64url") };
}
