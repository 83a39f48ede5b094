import { createHash } from "node:crypto";
import type { KubernetesObject } from "@kubernetes/client-node";
import { ownersOf, ownersOfField } from "./managed-fields.ts";
import type { Manifest } from "./templates.ts";

/**
 * Says which fields of an object we applied. The API does not remember it: a field that somebody takes out belongs to
 * nobody any more, and then looks like one that the release which made the object did not have yet.
 */
const APPLIED_FIELDS = "toygres.io/applied-fields";

/** A mark is the start of a hash: long enough to tell some hundred fields apart, and short enough to be kept. */
const MARK_LENGTH = 4;

/** Where a field is in a manifest: names of fields, and of items where all of a list have one, or else positions. */
export type FieldPath = readonly string[];

/** The same object, with a record of what is applied by it. */
export function withAppliedFields(manifest: Manifest): Manifest {
  const { metadata } = manifest;
  const marks = [...new Set(leavesOf(manifest, []).map(markOf))].toSorted();
  const annotations = { ...metadata.annotations, [APPLIED_FIELDS]: marks.join("") };
  return { ...manifest, metadata: { ...metadata, annotations } };
}

/** Whether Toygres never applied what is expected at a place of an object. */
export type NeverApplied = (at: FieldPath, expected: unknown) => boolean;

/** False also where nothing tells: then it counts as what somebody has taken out. */
export function neverApplied(kind: string, found: KubernetesObject): NeverApplied {
  const marks = marksOf(found);
  if (marks !== undefined) {
    return (at, expected) => !leavesOf(expected, at).some((leaf) => marks.has(markOf(leaf)));
  }
  // What is older than the record proves it where nobody can have taken anything out: of a claim's specification the API
  // lets nothing go, and the first generation is a specification that was never changed. That we made it, and not
  // somebody in our place, says that something of it is ours.
  const isFirst = kind === "PersistentVolumeClaim" || found.metadata?.generation === 1;
  const isOurs = ownersOfField(ownersOf(found), "spec").some(({ ours }) => ours);
  return ([root]) => isFirst && isOurs && root === "spec";
}

/** Undefined when there is no record, or somebody else wrote it. */
function marksOf(found: KubernetesObject): ReadonlySet<string> | undefined {
  const owners = ["metadata", "annotations", APPLIED_FIELDS].reduce(ownersOfField, ownersOf(found));
  const record = found.metadata?.annotations?.[APPLIED_FIELDS];
  if (record === undefined || owners.length === 0 || !owners.every(({ ours }) => ours)) {
    return undefined;
  }
  return new Set(record.match(new RegExp(`.{${MARK_LENGTH}}`, "g")));
}

const markOf = (path: FieldPath): string =>
  createHash("sha256").update(JSON.stringify(path)).digest("base64url").slice(0, MARK_LENGTH);

function leavesOf(value: unknown, path: FieldPath): FieldPath[] {
  const parts = partsOf(value);
  if (parts.length === 0) return [path];
  return parts.flatMap(([step, part]) => leavesOf(part, [...path, step]));
}

/** None of a text or number, of what is empty, and of a list of such. */
function partsOf(value: unknown): readonly (readonly [step: string, part: unknown])[] {
  if (typeof value !== "object" || value === null) return [];
  if (!Array.isArray(value)) return Object.entries(value);
  if (!value.every((item) => typeof item === "object" && item !== null)) return [];
  return value.map((item: unknown, index) => [stepTo(value, index), item]);
}

/** How an item of a list is called in a path. */
export function stepTo(items: readonly unknown[], index: number): string {
  const names = items.map(nameOf);
  return (names.every((name) => name !== undefined) ? names[index] : undefined) ?? String(index);
}

function nameOf(item: unknown): string | undefined {
  const name: unknown = typeof item === "object" && item !== null ? Reflect.get(item, "name") : "";
  return typeof name === "string" && name !== "" ? name : undefined;
}
