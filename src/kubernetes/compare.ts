import { isDeepStrictEqual } from "node:util";
import type { KubernetesObject } from "@kubernetes/client-node";
import type { Difference } from "../domain/inspection.ts";
import type { JsonValue } from "../domain/json.ts";
import { shorten } from "./errors.ts";
import {
  isWhole,
  itemKeys,
  ownersOf,
  ownersOfField,
  ownersOfItem,
  type ItemKey,
  type Owner,
} from "./managed-fields.ts";
import { sameQuantity } from "./quantity.ts";
import type { Manifest } from "./templates.ts";

/** Of a text that is shown. */
const TEXT_LIMIT = 500;

/** Where in an object: names of fields, and keys of items. */
type Path = readonly (string | ItemKey)[];

interface Place {
  readonly path: Path;
  /** Who owns something here, the newest first. */
  readonly owners: readonly Owner[];
  readonly isSecret: boolean;
}

type Rec = Readonly<Record<string, unknown>>;

/** Fields that name the object; it would not be this one with others. */
const NAMING: ReadonlySet<string> = new Set(["apiVersion", "kind"]);
const NAMES: ReadonlySet<string> = new Set(["name", "namespace"]);

/**
 * Where an object is not as `expected`, which says what we apply and nothing of what the cluster fills in. Which lists
 * and maps go together part by part, and who changed what, is read from the object's own record of its fields' owners.
 */
export function differencesOf(expected: Manifest, found: KubernetesObject): Difference[] {
  const isSecret = expected.kind === "Secret";
  const root = { path: [], owners: ownersOf(found), isSecret };
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

/** As on the wire: the client library makes objects with dates of it. */
const plain = (object: object): unknown => JSON.parse(JSON.stringify(object)) as unknown;

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
      return expected.flatMap((item: unknown) => compareItem(item, found, place, keys));
    }
  }
  return compareWhole(expected, found, place);
}

const fieldOf = ({ path, owners, isSecret }: Place, name: string): Place => ({
  path: [...path, name],
  owners: ownersOfField(owners, name),
  isSecret,
});

function compareItem(
  expected: unknown,
  found: readonly unknown[],
  { path, owners, isSecret }: Place,
  keys: readonly ItemKey[],
): Difference[] {
  const key = keyFor(expected, keys);
  const item = found.find((one) => hasKey(one, key));
  return compare(expected, item, {
    path: [...path, key],
    owners: ownersOfItem(owners, key),
    isSecret,
  });
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

function hasKey(item: unknown, key: ItemKey): boolean {
  if (!isRecord(item)) return false;
  return Object.entries(key).every(([name, value]) => isDeepStrictEqual(item[name], value));
}

function compareWhole(expected: unknown, found: unknown, place: Place): Difference[] {
  const { path, owners } = place;
  const ours = owners.find((owner) => owner.ours);
  const other = owners.find((owner) => !owner.ours);
  const isAlike = isSame(expected, found, place);
  if (isAlike && (ours !== undefined || other === undefined)) return [];
  const by = other ?? ours;
  return [
    {
      field: shown(path),
      change: changeOf(found, { isAlike, ours, other }, place),
      ...values(expected, found, place),
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

/** Where passwords are found, too: what somebody put there is not shown. */
const CONFIDING: ReadonlySet<unknown> = new Set([
  "env",
  "envFrom",
  "args",
  "command",
  "annotations",
]);

/** Nothing of a Secret but its labels, and of nothing a part so large that one cannot know what is in it. */
function values(
  expected: unknown,
  found: unknown,
  { path, isSecret }: Place,
): Pick<Difference, "expected" | "found"> {
  const isLabel = path[0] === "metadata" && path[1] === "labels";
  const isAll = path.length === 0 || (path.length === 1 && path[0] === "metadata");
  if (isAll || (isSecret && !isLabel)) return {};
  const isConfiding = path.some((step) => CONFIDING.has(step));
  return {
    ...(expected !== undefined && { expected: limited(expected) }),
    ...(found !== undefined && !isConfiding && { found: limited(found) }),
  };
}

function limited(value: unknown): JsonValue {
  // Both sides came out of JSON.
  const json = value as JsonValue;
  if (typeof json === "string") return json.length <= TEXT_LIMIT ? json : shorten(json, TEXT_LIMIT);
  const text = JSON.stringify(json);
  return text.length <= 4 * TEXT_LIMIT ? json : shorten(text, TEXT_LIMIT);
}

/** `spec.ports[port=5432,protocol="TCP"].name`, `metadata.labels["toygres.io/instance-id"]` */
function shown(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step !== "string") {
        const keys = Object.entries(step).map(([name, key]) => `${name}=${JSON.stringify(key)}`);
        return `[${keys.join(",")}]`;
      }
      if (!/^[A-Za-z][A-Za-z0-9]*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}

/** The API leaves out what is empty. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

function isRecord(value: unknown): value is Rec {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
