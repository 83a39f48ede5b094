import { isDeepStrictEqual } from "node:util";
import type { KubernetesObject } from "@kubernetes/client-node";
import type { Difference } from "../domain/inspection.ts";
import { neverApplied, stepTo, type FieldPath, type NeverApplied } from "./applied-fields.ts";
import { isEmpty, isRecord, plain, type Rec } from "./json-parts.ts";
import {
  hasKey,
  isWhole,
  itemKeys,
  ownersOf,
  ownersOfField,
  ownersOfItem,
  type ItemKey,
  type Owner,
} from "./managed-fields.ts";
import { sameQuantity } from "./quantity.ts";
import { shownPath, shownValues, type Path } from "./shown-fields.ts";
import type { Manifest } from "./templates.ts";

interface Place {
  readonly path: Path;
  /** The same in the manifest. */
  readonly at: FieldPath;
  /** Who owns something here, the newest first. */
  readonly owners: readonly Owner[];
  readonly isSecret: boolean;
  readonly neverApplied: NeverApplied;
}

/** Fields that name the object; it would not be this one with others. */
const NAMING: ReadonlySet<string> = new Set(["apiVersion", "kind"]);
const NAMES: ReadonlySet<string> = new Set(["name", "namespace"]);

/**
 * Where an object is not as `expected`, which says what we apply and nothing of what the cluster fills in. Which lists
 * and maps go together part by part, and who changed what, is read from the object's own record of its fields' owners.
 */
export function differencesOf(expected: Manifest, found: KubernetesObject): Difference[] {
  const { kind } = expected;
  const root: Place = {
    path: [],
    at: [],
    owners: ownersOf(found),
    isSecret: kind === "Secret",
    neverApplied: neverApplied(kind, found),
  };
  return compare(plain(withoutNames(expected)), plain(found), root);
}

function withoutNames(expected: Manifest): Rec {
  const { metadata, ...rest } = expected;
  return {
    ...without(rest, NAMING),
    metadata: without(metadata, NAMES),
  };
}

const without = (record: Rec, keys: ReadonlySet<string>): Rec =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !keys.has(key)));

function compare(expected: unknown, found: unknown, place: Place): Difference[] {
  if (isEmpty(expected) && isEmpty(found)) return [];
  if (isRecord(expected) && isRecord(found) && !isWhole(place.owners)) {
    return Object.entries(expected).flatMap(([name, part]) =>
      compare(part, found[name], fieldOf(place, name)),
    );
  }
  if (Array.isArray(expected) && Array.isArray(found)) {
    const keys = keysFor(expected, place.owners);
    if (keys !== undefined) {
      return expected.flatMap((item: unknown, index) => {
        const at = [...place.at, stepTo(expected, index)];
        return compareItem(item, found, { ...place, at }, keys);
      });
    }
  }
  return compareWhole(expected, found, place);
}

const fieldOf = (place: Place, name: string): Place => ({
  ...place,
  path: [...place.path, name],
  at: [...place.at, name],
  owners: ownersOfField(place.owners, name),
});

function compareItem(
  expected: unknown,
  found: readonly unknown[],
  place: Place,
  keys: readonly ItemKey[],
): Difference[] {
  const key = keyFor(expected, keys);
  const item = found.find((one) => hasKey(one, key));
  const owners = ownersOfItem(place.owners, key);
  return compare(expected, item, { ...place, path: [...place.path, key], owners });
}

/** Undefined when a list counts as a whole. Where nobody owns it any more, names are what tells items apart. */
function keysFor(
  expected: readonly unknown[],
  owners: readonly Owner[],
): readonly ItemKey[] | undefined {
  const keys = itemKeys(owners);
  if (keys.length > 0) return keys;
  const named = expected.filter((item) => isRecord(item) && typeof item["name"] === "string");
  return owners.length === 0 && named.length === expected.length ? [{ name: "" }] : undefined;
}

/** That of an owner, or one of the same fields. */
function keyFor(item: unknown, keys: readonly ItemKey[]): ItemKey {
  const known = keys.find((key) => hasKey(item, key));
  if (known !== undefined) return known;
  const fields = isRecord(item) ? item : {};
  const present = Object.keys(keys[0] ?? {}).filter((name) => fields[name] !== undefined);
  return Object.fromEntries(present.map((name) => [name, fields[name]]));
}

function compareWhole(expected: unknown, found: unknown, place: Place): Difference[] {
  const { path, at, owners } = place;
  const ours = owners.find((owner) => owner.ours);
  const other = owners.find((owner) => !owner.ours);
  const isAlike = isSame(expected, found, place);
  const isNew = owners.every(({ controller }) => controller) && place.neverApplied(at, expected);
  if (isAlike && (isNew || ours !== undefined || other === undefined)) return [];
  const by = other ?? ours;
  return [
    {
      field: shownPath(path),
      change: isNew ? "applied" : changeOf(found, { isAlike, ours, other }, place),
      ...shownValues(expected, found, place),
      ...(by !== undefined && { by: by.writer }),
    },
  ];
}

function changeOf(
  found: unknown,
  { isAlike, ours, other }: { isAlike: boolean; ours: Owner | undefined; other: Owner | undefined },
  { isSecret, path }: Place,
): Difference["change"] {
  // The values of a Secret are not compared, but nobody comes to own one without changing it.
  if (isAlike) return isSecret && path[0] === "data" ? "value" : "owner";
  if (found === undefined) return "removed";
  return ours !== undefined && other === undefined ? "applied" : "value";
}

function isSame(expected: unknown, found: unknown, { path, isSecret }: Place): boolean {
  if (isSecret && path[0] === "data" && path.length === 2) return found !== undefined;
  if (isQuantity(path) && sameQuantity(expected, found)) return true;
  return isDeepStrictEqual(expected, found);
}

function isQuantity(path: Path): boolean {
  const parent = path.at(-2);
  return path.at(-1) === "sizeLimit" || parent === "requests" || parent === "limits";
}
