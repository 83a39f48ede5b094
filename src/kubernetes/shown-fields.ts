import type { Difference } from "../domain/inspection.ts";
import type { JsonValue } from "../domain/json.ts";
import { shorten } from "./errors.ts";
import type { ItemKey } from "./managed-fields.ts";

/** Of a text that is shown. */
const TEXT_LIMIT = 500;

/** Where in an object: names of fields, and keys of items. */
export type Path = readonly (string | ItemKey)[];

/** Where passwords are found, too: what somebody put there is not shown. */
const CONFIDING: ReadonlySet<unknown> = new Set([
  "env",
  "envFrom",
  "args",
  "command",
  "annotations",
  "httpHeaders",
  "volumeAttributes",
]);

/** Where anybody can put anything, and what we did not put there can be anything. */
const CONTENTS: ReadonlySet<unknown> = new Set(["data", "binaryData"]);

interface Place {
  readonly path: Path;
  readonly isSecret: boolean;
}

/** What cannot be secret of a field: what we would apply, where we would, and what was found. */
export function shownValues(
  expected: unknown,
  found: unknown,
  place: Place,
): Pick<Difference, "expected" | "found"> {
  if (isSecretPart(place)) return {};
  const isOthers = expected === undefined && CONTENTS.has(place.path[0]);
  const isConfiding = place.path.some((step) => CONFIDING.has(step)) || confides(found);
  return {
    ...(expected !== undefined && { expected: limited(expected) }),
    ...(found !== undefined && !isOthers && !isConfiding && { found: limited(found) }),
  };
}

/** All of a Secret but its labels, and of all objects a part so large that one cannot know what is in it. */
function isSecretPart({ path: [root, part], isSecret }: Place): boolean {
  if (root === undefined || (root === "metadata" && part === undefined)) return true;
  return isSecret && !(root === "metadata" && part === "labels");
}

/** Somewhere in it is such a field. */
function confides(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, part]) => CONFIDING.has(name) || confides(part));
}

function limited(value: unknown): JsonValue {
  // Both sides came out of JSON.
  const json = value as JsonValue;
  if (typeof json === "string") return json.length <= TEXT_LIMIT ? json : shorten(json, TEXT_LIMIT);
  const text = JSON.stringify(json);
  return text.length <= 4 * TEXT_LIMIT ? json : shorten(text, TEXT_LIMIT);
}

/** `spec.ports[port=5432,protocol="TCP"].name`, `metadata.labels["toygres.io/instance-id"]` */
export function shownPath(path: Path): string {
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
