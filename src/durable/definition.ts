import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the code that called `activity` or `orchestration` stands, as `file:line`: for sentences about a clash of two. */
export function definitionSite(): string {
  const [, , , caller = ""] = String(new Error().stack).split("\n");
  const [, place, line] = /\(?((?:file:\/\/)?[^()\s]+?):(\d+):\d+\)?$/.exec(caller) ?? [];
  if (place === undefined || line === undefined) return "an unknown place";
  const path = place.startsWith("file://") ? fileURLToPath(place) : place;
  return `${relative(process.cwd(), path)}:${line}`;
}
