import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sorted, type Files } from "./files.ts";
import { PackageRefusal } from "./refusal.ts";

export interface Written {
  readonly folder: string;
  readonly zip: string;
}

/** Writes the folder and the zip anew; nothing of an earlier package stays. */
export async function writePackage(out: string, files: Files, zip: Uint8Array): Promise<Written> {
  const folder = join(out, "package");
  await assertOurs(folder);
  await rm(folder, { recursive: true, force: true });
  for (const [path, bytes] of sorted(files)) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes);
  }
  const zipFile = join(out, "toygres.zip");
  await writeFile(zipFile, zip);
  return { folder, zip: zipFile };
}

/** What is removed must be a package of ours. */
async function assertOurs(folder: string): Promise<void> {
  if (!existsSync(folder) || existsSync(join(folder, "dist", "main.js"))) return;
  const entries = await readdir(folder).catch(() => ["?"]);
  if (entries.length === 0) return;
  throw new PackageRefusal(
    `"${folder}" holds something else than a package, so it was not replaced: give another folder with --out`,
  );
}
