import { sameJson } from "../../store/same-json.ts";
import type { JsonObject, KubernetesObject, ManagedFields } from "../../store/object.ts";
import { ApiStatusError, type StatusCause } from "../../store/status-error.ts";
import type { ObjectSchema } from "../schema/schema.ts";
import { isRecord, merge, removeLeaf, shown, type FieldSet, type Leaves } from "./fields.ts";
import {
  asJson,
  isSame,
  ownable,
  ownersOf,
  toManagedFields,
  type Owner,
  type Writer,
} from "./ownership.ts";

export interface Applied {
  object: JsonObject;
  managedFields: ManagedFields[];
}

/**
 * Server-side apply: the fields of `config` become `writer`'s and take its values; what it applied before and no
 * longer names goes, unless another owns it too; what another owns with another value is a conflict.
 */
export function apply(
  live: KubernetesObject | undefined,
  config: JsonObject,
  schema: ObjectSchema,
  writer: Writer,
  force: boolean,
): Applied {
  const wanted = ownable(config, schema);
  const fields: FieldSet = new Map([...wanted].map(([id, { path }]) => [id, path]));
  if (live === undefined) {
    return { object: config, managedFields: toManagedFields([{ writer, fields }]) };
  }
  const before = live.metadata.managedFields;
  const owners = ownersOf(before);
  const others = owners.filter((owner) => !isSame(owner.writer, writer));
  const mine = owners.find((owner) => isSame(owner.writer, writer));
  const conflicts = conflictsWith(others, wanted, ownable(live, schema));
  if (conflicts.length > 0 && !force) throw conflictError(conflicts);
  for (const { owner, id } of conflicts) owner.fields.delete(id);

  const merged = merge(asJson(live), config, schema);
  const held = [fields, ...others.map((owner) => owner.fields)];
  const dropped = [...(mine?.fields.values() ?? [])].filter((path) => !isHeldBy(held, path));
  // Whole items of lists first: without its key fields an item would no longer be found.
  const itemsFirst = dropped.sort((a, b) => Number(isItem(b)) - Number(isItem(a)));
  for (const path of itemsFirst) removeLeaf(merged, schema, path);
  // An empty list or map that is wanted may have gone with what was in it.
  const whole = merge(merged, config, schema);
  const object = isRecord(whole) ? whole : config;
  return { object, managedFields: toManagedFields([...others, { writer, fields }], before) };
}

const isItem = (path: readonly string[]): boolean => path.at(-1) === ".";

interface FieldConflict {
  owner: Owner;
  id: string;
  path: readonly string[];
}

function conflictsWith(others: Owner[], wanted: Leaves, is: Leaves): FieldConflict[] {
  return others.flatMap((owner) =>
    [...wanted]
      .filter(([id, { value }]) => owner.fields.has(id) && !sameJson(is.get(id)?.value, value))
      .map(([id, { path }]) => ({ owner, id, path })),
  );
}

/** One of the sets names the field itself or something in it (an item of the list, a key of the map). */
function isHeldBy(sets: FieldSet[], path: readonly string[]): boolean {
  const prefix = isItem(path) ? path.slice(0, -1) : path;
  return sets.some((set) =>
    [...set.values()].some((field) => prefix.every((segment, index) => field[index] === segment)),
  );
}

function conflictError(conflicts: FieldConflict[]): ApiStatusError {
  const causes: StatusCause[] = conflicts.map(({ owner, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${called(owner)}`,
    field: shown(path),
  }));
  const first = conflicts[0];
  const list =
    conflicts.length === 1 && first !== undefined
      ? `conflict with ${called(first.owner)}: ${shown(first.path)}`
      : [...Map.groupBy(conflicts, ({ owner }) => called(owner))]
          .map(
            ([by, fields]) =>
              `conflicts with ${by}:\n${fields.map(({ path }) => `- ${shown(path)}`).join("\n")}`,
          )
          .join("\n");
  const count = conflicts.length === 1 ? "1 conflict" : `${conflicts.length} conflicts`;
  return new ApiStatusError("Conflict", `Apply failed with ${count}: ${list}`, { causes });
}

const called = ({ writer }: Owner): string => {
  const sub = writer.subresource === undefined ? "" : ` with subresource "${writer.subresource}"`;
  return `"${writer.manager}"${sub} using ${writer.apiVersion}`;
};
