import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identify, isRunning, ProcessIdentity } from "../../processes/identity.ts";

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function runningHolder(text: string): Promise<ProcessIdentity | undefined> {
  try {
    const holder = ProcessIdentity.parse(JSON.parse(text));
    return (await isRunning(holder)) ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** Makes this process the only one that uses the folder, or says who does. Returns the way to let it go. */
export async function lockFolder(folder: string): Promise<() => void> {
  const path = join(folder, "lock");
  const mine = `${path}.${process.pid}.${crypto.randomUUID()}`;
  writeFileSync(mine, JSON.stringify(await identify(process.pid)), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      try {
        // A link appears with its content or not at all, so nobody reads a half-written lock.
        linkSync(mine, path);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if (codeOf(error) !== "EEXIST") throw error;
      }
      const text = read(path);
      if (text !== undefined) await removeStale(path, text, mine);
    }
    throw new Error(
      `The cluster's data folder ${folder} is being locked by others again and again: try later.`,
    );
  } finally {
    rmSync(mine, { force: true });
  }
}

async function removeStale(path: string, text: string, mine: string): Promise<void> {
  const holder = await runningHolder(text);
  if (holder !== undefined) {
    throw new Error(
      `The cluster's data folder is in use by process ${holder.pid} (lock file ${path}): stop that process, or give another folder.`,
    );
  }
  const aside = `${mine}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  // Another starter may have put its own lock there between our look and our rename: give that one back.
  if (read(aside) !== text) linkSync(aside, path);
  rmSync(aside, { force: true });
}
