import type { Json, JsonObject } from "../../store/object.ts";
import { badRequest } from "../../store/refusals.ts";
import type { Schema } from "../schema/schema.ts";
import { isRecord, stepInto } from "./fields.ts";

/** RFC 7386. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isRecord(patch)) return patch;
  const merged: JsonObject = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, key);
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** As mergePatch, but keyed lists go together item by item and sets grow; directives as kubectl sends them. */
export function strategicMerge(
  target: Json | undefined,
  patch: Json,
  schema: Schema | undefined,
): Json {
  if (Array.isArray(patch)) return mergeItems(Array.isArray(target) ? target : [], patch, schema);
  if (!isRecord(patch)) return patch;
  const { $patch: directive, ...rest } = patch;
  if (directive === "replace") return rest;
  const merged: JsonObject = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(rest)) {
    if (key.startsWith("$")) follow(merged, key, value);
    else if (value === null) Reflect.deleteProperty(merged, key);
    else merged[key] = strategicMerge(merged[key], value, stepInto(schema, `f:${key}`));
  }
  return merged;
}

function follow(merged: JsonObject, directive: string, value: Json): void {
  if (directive.startsWith("$setElementOrder/") || directive === "$retainKeys") return;
  const [, name] = /^\$deleteFromPrimitiveList\/(.+)$/.exec(directive) ?? [];
  if (name === undefined)
    throw badRequest(`The strategic merge directive "${directive}" is not known here.`);
  const current = merged[name];
  if (Array.isArray(current) && Array.isArray(value))
    merged[name] = current.filter((item) => !value.includes(item));
}

function mergeItems(target: Json[], patch: Json[], schema: Schema | undefined): Json[] {
  if (schema?.type !== "list") return patch;
  if (schema.set === true) return [...target, ...patch.filter((item) => !target.includes(item))];
  // Real strategic merge names one key a list; the first of ours is that one.
  const key = schema.keys?.[0];
  if (key === undefined) return patch;
  if (patch.some((item) => isRecord(item) && item["$patch"] === "replace")) {
    return patch.filter((item) => !(isRecord(item) && item["$patch"] === "replace"));
  }
  const merged = [...target];
  for (const item of patch) {
    const index = merged.findIndex(
      (other) => isRecord(other) && isRecord(item) && other[key] === item[key],
    );
    if (isRecord(item) && item["$patch"] === "delete") {
      if (index !== -1) merged.splice(index, 1);
    } else if (index === -1) merged.push(strategicMerge(undefined, item, schema.items));
    else merged[index] = strategicMerge(merged[index], item, schema.items);
  }
  return merged;
}
