import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const FRAMES = 4;

/**
 * Where the code that called `activity`, `override` or `orchestration` stands, as `file:line` from the current folder:
 * for sentences about a clash of two. In a running app that is the built file.
 */
export function definitionSite(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const [, , , caller = ""] = String(new Error().stack).split("\n");
  Error.stackTraceLimit = limit;
  const [, place, line] = /(?:\(| at )([^()]+):(\d+):\d+\)?$/.exec(caller) ?? [];
  if (place === undefined || line === undefined) return "an unknown place";
  const path = place.startsWith("file://") ? fileURLToPath(place) : place;
  return `${relative(process.cwd(), path)}:${line}`;
}
