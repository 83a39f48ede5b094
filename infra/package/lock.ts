import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), dev: z.boolean().optional() }),
  ),
});
/** What npm knows of each installed package, by its folder (`node_modules/pg`). */
export type Lock = z.infer<typeof Lock>["packages"];

export async function readLock(root: string): Promise<Lock> {
  const text = await readFile(join(root, "package-lock.json"), "utf8");
  return Lock.parse(JSON.parse(text)).packages;
}

/** The folder of the package that a file belongs to, the innermost of nested ones; undefined for a file of ours. */
export function packageFolder(path: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
}

export const packageName = (folder: string): string =>
  folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
