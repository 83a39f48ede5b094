import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { ProcessIdentity, isRunning } from "./identity.ts";

/** Writes which process runs, atomically, so that a reader after a crash sees all of it or nothing. */
export async function recordProcess(file: string, identity: ProcessIdentity): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(identity), { mode: 0o600 });
  await rename(draft, file);
}

/** The recorded process if it is still running, by pid and start time. */
export async function recordedProcess(file: string): Promise<ProcessIdentity | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return null;
  }
  try {
    const identity = ProcessIdentity.parse(JSON.parse(text));
    return (await isRunning(identity)) ? identity : null;
  } catch {
    return null;
  }
}

export async function forgetProcess(file: string): Promise<void> {
  await rm(file, { force: true });
}
