import { sameJson } from "../../store/same-json.ts";
import { z } from "zod";
import type { Json } from "../../store/object.ts";
import { badRequest } from "../../store/refusals.ts";
import { isRecord } from "./fields.ts";

const Operations = z.array(
  z.object({
    op: z.enum(["add", "remove", "replace", "test", "move", "copy"]),
    path: z.string(),
    from: z.string().optional(),
    value: z.json().optional(),
  }),
);
type Operation = z.infer<typeof Operations>[number];

/** RFC 6902. */
export function jsonPatch(target: Json, patch: Json): Json {
  const operations = Operations.safeParse(patch);
  if (!operations.success)
    throw badRequest("A JSON patch must be an array of operations with op and path.");
  const holder: { root: Json } = { root: structuredClone(target) };
  for (const operation of operations.data) perform(holder, operation);
  return holder.root;
}

const segments = (pointer: string): string[] =>
  ["root", ...pointer.split("/").slice(1)].map((part) =>
    part.replaceAll("~1", "/").replaceAll("~0", "~"),
  );

const missing = (path: string): Error =>
  badRequest(`The JSON patch names a path that does not exist: ${path}`);

function perform(holder: { root: Json }, { op, path, from = "", value = null }: Operation): void {
  switch (op) {
    case "add":
      put(holder, path, value, true);
      return;
    case "replace":
      read(holder, path);
      put(holder, path, value, false);
      return;
    case "remove":
      remove(holder, path);
      return;
    case "test":
      if (!sameJson(read(holder, path), value))
        throw badRequest(`Testing path ${path} of the JSON patch failed.`);
      return;
    case "copy":
    case "move": {
      const taken = structuredClone(read(holder, from));
      if (op === "move") remove(holder, from);
      put(holder, path, taken, true);
      return;
    }
  }
}

function parentOf(holder: { root: Json }, path: string): { parent: Json; key: string } {
  const parts = segments(path);
  const key = parts.pop() ?? "";
  let parent: Json = holder;
  for (const part of parts) {
    const next: Json | undefined = Array.isArray(parent)
      ? parent[Number(part)]
      : isRecord(parent)
        ? parent[part]
        : undefined;
    if (next === undefined) throw missing(path);
    parent = next;
  }
  return { parent, key };
}

function read(holder: { root: Json }, path: string): Json {
  const { parent, key } = parentOf(holder, path);
  const value = Array.isArray(parent)
    ? parent[Number(key)]
    : isRecord(parent)
      ? parent[key]
      : undefined;
  if (value === undefined) throw missing(path);
  return value;
}

function put(holder: { root: Json }, path: string, value: Json, insert: boolean): void {
  const { parent, key } = parentOf(holder, path);
  if (Array.isArray(parent)) {
    const index = key === "-" ? parent.length : Number(key);
    if (!(index >= 0 && index <= parent.length)) throw missing(path);
    parent.splice(index, insert ? 0 : 1, value);
  } else if (isRecord(parent)) parent[key] = value;
  else throw missing(path);
}

function remove(holder: { root: Json }, path: string): void {
  read(holder, path);
  const { parent, key } = parentOf(holder, path);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (isRecord(parent)) Reflect.deleteProperty(parent, key);
}
