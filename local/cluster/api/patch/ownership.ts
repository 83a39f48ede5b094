import { sameJson } from "../../store/same-json.ts";
import type { Json, KubernetesObject, ManagedFields } from "../../store/object.ts";
import type { ObjectSchema } from "../schema/schema.ts";
import { fromTree, idOf, leavesOf, toTree, type FieldSet, type Leaves } from "./fields.ts";

/** Who writes, and how. */
export interface Writer {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  subresource?: string | undefined;
  time: string;
}

export interface Owner {
  writer: Writer;
  fields: FieldSet;
}

/** What nobody owns: the server sets it or it names the object. */
const NOBODYS = new Set(
  [
    ["f:apiVersion"],
    ["f:kind"],
    ...[
      "name",
      "namespace",
      "uid",
      "resourceVersion",
      "generation",
      "creationTimestamp",
      "deletionTimestamp",
      "selfLink",
      "deletionGracePeriodSeconds",
      "managedFields",
    ].map((field) => ["f:metadata", `f:${field}`]),
  ].map(idOf),
);

const isOwnable = (path: readonly string[]): boolean =>
  !NOBODYS.has(idOf(path.slice(0, 2))) && !NOBODYS.has(idOf(path.slice(0, 1)));

export function ownersOf(entries: readonly ManagedFields[] = []): Owner[] {
  return entries.map(({ manager, operation, apiVersion, subresource, time, fieldsV1 }) => ({
    writer: { manager, operation, apiVersion, subresource, time },
    fields: fromTree(fieldsV1),
  }));
}

/** In the form that is stored; an owner of nothing is left out, and one whose fields didn't change keeps its time. */
export function toManagedFields(
  owners: readonly Owner[],
  before: readonly ManagedFields[] = [],
): ManagedFields[] {
  return owners
    .filter(({ fields }) => fields.size > 0)
    .map(({ writer, fields }) => {
      const { manager, operation, apiVersion, subresource, time } = writer;
      const fieldsV1 = toTree(fields);
      const old = before.find((entry) => isSame(entry, writer));
      return {
        manager,
        operation,
        apiVersion,
        time: old !== undefined && sameJson(old.fieldsV1, fieldsV1) ? old.time : time,
        fieldsType: "FieldsV1",
        fieldsV1,
        ...(subresource === undefined ? {} : { subresource }),
      };
    });
}

export const isSame = (
  a: Pick<Writer, "manager" | "operation" | "subresource">,
  b: Pick<Writer, "manager" | "operation" | "subresource">,
): boolean =>
  a.manager === b.manager && a.operation === b.operation && a.subresource === b.subresource;

/** The fields of an object that somebody may own, with their values. */
export function ownable(object: object, schema: ObjectSchema): Leaves {
  const leaves = leavesOf(asJson(object), schema);
  for (const [id, { path }] of leaves) if (path.length === 0 || !isOwnable(path)) leaves.delete(id);
  return leaves;
}

/** A plain copy, without what JSON doesn't have. */
export const asJson = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json;

/** What a create, replace or patch (not apply) does to the ownership: what it changed is the writer's now. */
export function afterUpdate(
  before: KubernetesObject | undefined,
  after: object,
  schema: ObjectSchema,
  writer: Writer,
): ManagedFields[] {
  const was = ownable(before ?? {}, schema);
  const is = ownable(after, schema);
  const changed = changedFields(was, is, writer);
  const owners = ownersOf(before?.metadata.managedFields);
  const others = owners.filter((owner) => !isSame(owner.writer, writer));
  const known = owners.find((owner) => isSame(owner.writer, writer));
  const mine = known?.fields ?? new Map<string, readonly string[]>();
  for (const { fields } of others) for (const id of changed.keys()) fields.delete(id);
  for (const [id, path] of changed) mine.set(id, path);
  const all = [...others, { writer, fields: mine }];
  for (const { fields } of all) for (const id of fields.keys()) if (!is.has(id)) fields.delete(id);
  return toManagedFields(all, before?.metadata.managedFields);
}

/** The status is changed by its own endpoint only, so nothing else comes to own it. */
function changedFields(was: Leaves, is: Leaves, { subresource }: Writer): FieldSet {
  const changed: FieldSet = new Map();
  for (const [id, { path, value }] of is) {
    const isWriters = (path[0] === "f:status") === (subresource === "status");
    if (isWriters && !sameJson(was.get(id)?.value, value)) changed.set(id, path);
  }
  return changed;
}
