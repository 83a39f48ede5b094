import type { Json, JsonObject } from "../../store/object.ts";
import type { Schema } from "../schema/schema.ts";
import { keyOfItem } from "../schema/check.ts";

type ListSchema = Extract<Schema, { type: "list" }>;

/**
 * A set of fields: each a path in the notation of managedFields ("f:spec", "f:replicas"), leaves only. "k:{…}"
 * names an item of a keyed list, "v:…" one of a set, and "." its being there.
 */
export type FieldSet = Map<string, readonly string[]>;

export const idOf = (path: readonly string[]): string => JSON.stringify(path);

export const isRecord = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isWhole = (schema: Schema): boolean =>
  !(schema.type === "object" || schema.type === "map") || schema.atomic;

/** The schema one step further down; "." and unknown fields have none. */
export function stepInto(schema: Schema | undefined, segment: string): Schema | undefined {
  if (schema?.type === "object") return schema.fields[segment.slice(2)];
  if (schema?.type === "map") return schema.values;
  if (schema?.type === "list") return schema.items;
  return undefined;
}

export type Leaves = Map<string, { path: readonly string[]; value: Json }>;

/** The leaves of a value with their values. */
export function leavesOf(value: Json, schema: Schema): Leaves {
  const leaves: Leaves = new Map();
  collect(leaves, value, schema, []);
  return leaves;
}

function collect(
  leaves: Leaves,
  value: Json,
  schema: Schema | undefined,
  path: readonly string[],
): void {
  if (schema?.type === "list" && Array.isArray(value) && value.length > 0 && isMerged(schema)) {
    for (const item of value) collectItem(leaves, item, schema, [...path, segmentOf(item, schema)]);
  } else if (
    schema === undefined ||
    isWhole(schema) ||
    !isRecord(value) ||
    Object.keys(value).length === 0
  ) {
    leaves.set(idOf(path), { path, value });
  } else {
    for (const [key, child] of Object.entries(value)) {
      collect(leaves, child, stepInto(schema, `f:${key}`), [...path, `f:${key}`]);
    }
  }
}

function collectItem(
  leaves: Leaves,
  item: Json,
  schema: ListSchema,
  path: readonly string[],
): void {
  if (schema.set === true) {
    leaves.set(idOf(path), { path, value: item });
    return;
  }
  leaves.set(idOf([...path, "."]), { path: [...path, "."], value: true });
  collect(leaves, item, schema.items, path);
}

/** A list that goes together item by item. */
const isMerged = (schema: ListSchema): boolean => (schema.keys ?? schema.set) !== undefined;

export const segmentOf = (item: Json, schema: ListSchema): string =>
  schema.keys === undefined
    ? `v:${JSON.stringify(item)}`
    : `k:${keyOfItem(item, schema.keys, schema.items)}`;

export function toTree(set: FieldSet): JsonObject {
  const tree: JsonObject = {};
  for (const path of set.values()) {
    let node = tree;
    for (const segment of path) {
      const next = node[segment];
      const child: JsonObject = isRecord(next) ? next : {};
      node[segment] = child;
      node = child;
    }
  }
  return tree;
}

export function fromTree(tree: JsonObject): FieldSet {
  const set: FieldSet = new Map();
  const visit = (node: JsonObject, path: readonly string[]): void => {
    const entries = Object.entries(node);
    if (entries.length === 0 && path.length > 0) set.set(idOf(path), path);
    for (const [segment, child] of entries) if (isRecord(child)) visit(child, [...path, segment]);
  };
  visit(tree, []);
  return set;
}

/** ".spec.containers[name="a"].image": how refusals show a field. */
export function shown(path: readonly string[]): string {
  return path
    .filter((segment) => segment !== ".")
    .map((segment) => {
      if (segment.startsWith("f:")) return `.${segment.slice(2)}`;
      if (segment.startsWith("v:")) return `[=${segment.slice(2)}]`;
      const keys = Object.entries(JSON.parse(segment.slice(2)) as JsonObject);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
    })
    .join("");
}

/** Takes a leaf out of an object, in place, and what became empty by it. */
export function removeLeaf(value: Json, schema: Schema | undefined, path: readonly string[]): void {
  const [segment, ...rest] = path;
  if (segment === undefined || schema === undefined) return;
  if (Array.isArray(value) && schema.type === "list") removeFromList(value, schema, segment, rest);
  else if (isRecord(value)) removeFromRecord(value, schema, segment, rest);
}

function removeFromRecord(
  value: JsonObject,
  schema: Schema,
  segment: string,
  rest: string[],
): void {
  const key = segment.slice(2);
  const child = value[key];
  if (child === undefined) return;
  removeLeaf(child, stepInto(schema, segment), rest);
  if (rest.length === 0 || isEmpty(child)) Reflect.deleteProperty(value, key);
}

function removeFromList(value: Json[], schema: ListSchema, segment: string, rest: string[]): void {
  const index = value.findIndex((item) => segmentOf(item, schema) === segment);
  if (index === -1) return;
  const isKey = rest.length === 1 && schema.keys?.some((key) => `f:${key}` === rest[0]) === true;
  if (rest.length === 0 || rest[0] === ".") value.splice(index, 1);
  else if (!isKey) removeLeaf(value[index] ?? null, schema.items, rest);
}

const isEmpty = (value: Json): boolean =>
  Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0;

/** What `applied` says over `live`: objects, maps and keyed lists go together, all else is replaced. */
export function merge(live: Json | undefined, applied: Json, schema: Schema | undefined): Json {
  if (schema === undefined) return applied;
  if (schema.type === "list" && Array.isArray(live) && Array.isArray(applied) && isMerged(schema)) {
    return mergeList(live, applied, schema);
  }
  if (isWhole(schema) || !isRecord(live) || !isRecord(applied)) return applied;
  const merged: JsonObject = { ...live };
  for (const [key, part] of Object.entries(applied))
    merged[key] = merge(live[key], part, stepInto(schema, `f:${key}`));
  return merged;
}

function mergeList(live: Json[], applied: Json[], schema: ListSchema): Json[] {
  const given = new Map(applied.map((item) => [segmentOf(item, schema), item]));
  const kept = live.map((item) => {
    const segment = segmentOf(item, schema);
    const over = given.get(segment);
    given.delete(segment);
    return over === undefined ? item : merge(item, over, schema.items);
  });
  return [...kept, ...given.values()];
}
