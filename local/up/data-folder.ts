import { existsSync } from "node:fs";
import { access, constants, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Refusal } from "../processes/refusal.ts";
import { foldersOf } from "./folders.ts";

/** Makes the folders that the services start in, all of them. */
export async function makeFolders(data: string): Promise<void> {
  try {
    const { metadata, cluster, host, logs, run } = foldersOf(data);
    for (const folder of [metadata, cluster, host, logs, run]) await makeFolder(folder);
    await access(data, constants.W_OK);
  } catch (error) {
    throw new Refusal(
      `the data folder "${data}" cannot be written (${codeOf(error)}): make it writable, or give another one with --data`,
    );
  }
}

/** Not by `recursive`, which never returns where a folder that exists lets nothing be made in it, as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    const parent = dirname(folder);
    if (codeOf(error) !== "ENOENT" || existsSync(parent)) throw error;
    await makeFolder(parent);
    await mkdir(folder);
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}
