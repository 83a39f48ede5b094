import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export const infra = (...path: string[]): string => join(ROOT, "infra", ...path);

/** Files of the whole project, by path from its root. */
export const fromRoot = (...path: string[]): string => join(ROOT, ...path);

/** Paths below infra/ of all files with that ending. */
export const infraFiles = (ending: string): readonly string[] =>
  readdirSync(infra(), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .sort();
