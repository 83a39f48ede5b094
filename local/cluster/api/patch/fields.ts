import type { Json, JsonObject } from "../../store/object.ts";
import type { Schema } from "../schema/schema.ts";
import { keyOfItem } from "../schema/check.ts";

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

/** The leaves of a value with their values. */
export function leavesOf(
  value: Json,
  schema: Schema,
): Map<string, { path: readonly string[]; value: Json }> {
  const leaves = new Map<string, { path: readonly string[]; value: Json }>();
  const add = (path: readonly string[], leaf: Json): void => {
    leaves.set(idOf(path), { path, value: leaf });
  };
  const visit = (part: Json, shape: Schema | undefined, path: readonly string[]): void => {
    if (
      shape?.type === "list" &&
      Array.isArray(part) &&
      part.length > 0 &&
      (shape.keys ?? shape.set) !== undefined
    ) {
      for (const item of part) {
        const segment = segmentOf(item, shape);
        if (shape.set === true) {
          add([...path, segment], item);
          continue;
        }
        add([...path, segment, "."], true);
        visit(item, shape.items, [...path, segment]);
      }
      return;
    }
    const whole =
      shape === undefined || isWhole(shape) || !isRecord(part) || Object.keys(part).length === 0;
    if (whole) {
      add(path, part);
      return;
    }
    for (const [key, child] of Object.entries(part))
      visit(child, stepInto(shape, `f:${key}`), [...path, `f:${key}`]);
  };
  visit(value, schema, []);
  return leaves;
}

export const segmentOf = (item: Json, schema: Extract<Schema, { type: "list" }>): string =>
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
export function removeLeaf(value: Json, schema: Schema, path: readonly string[]): void {
  const [segment, ...rest] = path;
  if (segment === undefined || segment === ".") return;
  if (Array.isArray(value)) {
    if (schema.type !== "list") return;
    const index = value.findIndex((item) => segmentOf(item, schema) === segment);
    if (index === -1) return;
    if (rest.length === 0 || rest[0] === ".") value.splice(index, 1);
    else removeLeaf(value[index] ?? null, schema.items, rest);
    return;
  }
  if (!isRecord(value)) return;
  const key = segment.slice(2);
  const child = value[key];
  const shape = stepInto(schema, segment);
  if (child === undefined) return;
  if (rest.length > 0 && shape !== undefined) removeLeaf(child, shape, rest);
  const empty = Array.isArray(child)
    ? child.length === 0
    : isRecord(child) && Object.keys(child).length === 0;
  if (rest.length === 0 || empty) Reflect.deleteProperty(value, key);
}

/** What `applied` says over `live`: objects, maps and keyed lists go together, all else is replaced. */
export function merge(live: Json | undefined, applied: Json, schema: Schema | undefined): Json {
  if (schema === undefined) return applied;
  if (
    schema.type === "list" &&
    Array.isArray(live) &&
    Array.isArray(applied) &&
    (schema.keys ?? schema.set) !== undefined
  ) {
    return mergeList(live, applied, schema);
  }
  if (isWhole(schema) || !isRecord(live) || !isRecord(applied)) return applied;
  const merged: JsonObject = { ...live };
  for (const [key, part] of Object.entries(applied))
    merged[key] = merge(live[key], part, stepInto(schema, `f:${key}`));
  return merged;
}

function mergeList(
  live: Json[],
  applied: Json[],
  schema: Extract<Schema, { type: "list" }>,
): Json[] {
  const given = new Map(applied.map((item) => [segmentOf(item, schema), item]));
  const kept = live.map((item) => {
    const segment = segmentOf(item, schema);
    const over = given.get(segment);
    given.delete(segment);
    return over === undefined ? item : merge(item, over, schema.items);
  });
  return [...kept, ...given.values()];
}
