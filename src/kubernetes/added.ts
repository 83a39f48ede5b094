import type { KubernetesObject } from "@kubernetes/client-node";
import type { Difference } from "../domain/inspection.ts";
import { isEmpty, isRecord, plain } from "./json-parts.ts";
import { hasKey, ownersAt, ownersOf, stepsOf, type ItemKey, type Owner } from "./managed-fields.ts";
import { shownPath, shownValues, type Path } from "./shown-fields.ts";
import type { Manifest } from "./templates.ts";

/** What decides how an object works or is found; the rest of the metadata is the cluster's to write. */
const PARTS: readonly Path[] = [
  ["spec"],
  ["data"],
  ["binaryData"],
  ["metadata", "labels"],
  ["metadata", "annotations"],
];

/** To these everybody adds keys, so each counts by itself. */
const OPEN: ReadonlySet<unknown> = new Set(["labels", "annotations"]);

interface Place {
  readonly path: Path;
  readonly owners: readonly Owner[];
  readonly isSecret: boolean;
}

/** Neither ours nor of the cluster's own controllers. */
const isForeign = ({ ours, controller }: Owner): boolean => !ours && !controller;

/**
 * What others added to an object beside what we apply. Only what has an owner: what the API fills in by default or by
 * admission has none.
 */
export function additionsTo(expected: Manifest, found: KubernetesObject): Difference[] {
  const isSecret = expected.kind === "Secret";
  const all = ownersOf(found);
  return PARTS.flatMap((path) => {
    const owners = path.reduce(ownersAt, all);
    return additions(path.reduce(partAt, expected), path.reduce(partAt, plain(found)), {
      path,
      owners,
      isSecret,
    });
  });
}

function additions(expected: unknown, found: unknown, place: Place): Difference[] {
  return stepsOf(place.owners.filter(isForeign)).flatMap((step) => {
    const part = partAt(found, step);
    const wanted = partAt(expected, step);
    const at: Place = {
      path: [...place.path, step],
      owners: ownersAt(place.owners, step),
      isSecret: place.isSecret,
    };
    const isOpen = place.path.at(-1) === "metadata" && OPEN.has(step);
    const isOurs = wanted !== undefined || at.owners.some(({ ours }) => ours);
    return isOurs || isOpen ? additions(wanted, part, at) : added(part, at);
  });
}

/** What an older client library does not know it leaves out: it is owned, and so it is there. */
function added(found: unknown, place: Place): Difference[] {
  if (found !== undefined && isEmpty(found)) return [];
  const by = place.owners.find(isForeign)?.writer;
  return [
    {
      field: shownPath(place.path),
      change: "added",
      ...shownValues(undefined, found, place),
      ...(by !== undefined && { by }),
    },
  ];
}

function partAt(value: unknown, step: string | ItemKey): unknown {
  if (typeof step === "string") return isRecord(value) ? value[step] : undefined;
  return Array.isArray(value) ? value.find((item) => hasKey(item, step)) : undefined;
}
