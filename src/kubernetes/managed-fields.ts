import { isDeepStrictEqual } from "node:util";
import type { KubernetesObject } from "@kubernetes/client-node";
import { z } from "zod";
import type { Writer } from "../domain/inspection.ts";
import { isRecord } from "./json-parts.ts";
import { FIELD_MANAGER } from "./labels.ts";

/** A set of fields as the API keeps it: `f:spec` is a field, `k:{…}` an item of a list, and nothing below is all of it. */
interface Fields {
  readonly [segment: string]: Fields;
}

const Fields: z.ZodType<Fields> = z.lazy(() => z.record(z.string(), Fields));

/** One of those who own something at a place of an object. */
export interface Owner {
  readonly writer: Writer;
  readonly ours: boolean;
  /** One of the cluster's own, which fill in what nobody asked for: a claim's volume, say. */
  readonly controller: boolean;
  /** What of it is below this place. */
  readonly fields: Fields;
}

/** What tells an item of a list from the others, such as `{ name: "postgres" }`. */
export type ItemKey = Readonly<Record<string, unknown>>;

const ItemKey = z.record(z.string(), z.unknown());

/** Kubernetes' own, those of its clouds and of storage, and the programs that have them all in one. */
const CONTROLLERS =
  /^(?:kube-(?:apiserver|controller-manager|scheduler)|kubelet|(?:[a-z]+-)?cloud-controller-manager|(?:csi|external)-(?:attacher|provisioner|resizer|snapshotter)|snapshot-controller|k3s|rke2|kubelite)$/;

/** All owners of an object; the newest first. */
export function ownersOf({ metadata }: KubernetesObject): readonly Owner[] {
  return (metadata?.managedFields ?? [])
    .flatMap(({ manager = "", operation, time, fieldsV1 }) => {
      const fields = Fields.safeParse(fieldsV1).data;
      // An entry that cannot be read, or is empty, would count as the owner of everything.
      return fields === undefined || isLeaf(fields) ? [] : [{ manager, operation, time, fields }];
    })
    .map(({ manager, operation, time, fields }) => ({
      writer: {
        manager,
        ...(operation !== undefined && { operation }),
        ...(time !== undefined && { at: new Date(time).toISOString() }),
      },
      ours: manager === FIELD_MANAGER,
      controller: CONTROLLERS.test(manager),
      fields,
    }))
    .toSorted((one, other) => (other.writer.at ?? "").localeCompare(one.writer.at ?? ""));
}

/** Those of them that own the field, or all that it is in. */
export function ownersOfField(owners: readonly Owner[], name: string): readonly Owner[] {
  return below(owners, (segment) => segment === `f:${name}`);
}

export function ownersOfItem(owners: readonly Owner[], key: ItemKey): readonly Owner[] {
  return below(owners, (segment) => isDeepStrictEqual(keyOf(segment), key));
}

/** One step down, whatever it is. */
export const ownersAt = (owners: readonly Owner[], step: string | ItemKey): readonly Owner[] =>
  typeof step === "string" ? ownersOfField(owners, step) : ownersOfItem(owners, step);

/** The fields and items of which one of them owns something. */
export function stepsOf(owners: readonly Owner[]): readonly (string | ItemKey)[] {
  const segments = new Set(owners.flatMap(({ fields }) => Object.keys(fields)));
  return [...segments]
    .map((segment) => (segment.startsWith("f:") ? segment.slice(2) : keyOf(segment)))
    .filter((step) => step !== undefined);
}

export function hasKey(item: unknown, key: ItemKey): boolean {
  if (!isRecord(item)) return false;
  return Object.entries(key).every(([name, value]) => isDeepStrictEqual(item[name], value));
}

/** Owned as one: a text or number, and a list or map whose parts have no owners of their own. */
export function isWhole(owners: readonly Owner[]): boolean {
  return owners.some(({ fields }) => isLeaf(fields));
}

/** The keys of the list's items that have an owner; none: it is not such a list. */
export function itemKeys(owners: readonly Owner[]): readonly ItemKey[] {
  return owners
    .flatMap(({ fields }) => Object.keys(fields))
    .map(keyOf)
    .filter((key) => key !== undefined);
}

const isLeaf = (fields: Fields): boolean => Object.keys(fields).length === 0;

function below(owners: readonly Owner[], matches: (segment: string) => boolean): readonly Owner[] {
  return owners.flatMap((owner) => {
    if (isLeaf(owner.fields)) return [owner];
    const found = Object.entries(owner.fields).find(([segment]) => matches(segment));
    return found === undefined ? [] : [{ ...owner, fields: found[1] }];
  });
}

function keyOf(segment: string): ItemKey | undefined {
  if (!segment.startsWith("k:")) return undefined;
  try {
    return ItemKey.safeParse(JSON.parse(segment.slice(2))).data;
  } catch {
    return undefined;
  }
}
