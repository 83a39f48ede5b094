import { execFileSync } from "node:child_process";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Holder = z.object({ pid: z.int(), startTime: z.string() });
type Holder = z.infer<typeof Holder>;

/** When the process began, as the system says; undefined when it doesn't run. A pid alone may have been given anew. */
function startTimeOf(pid: number): string | undefined {
  try {
    if (process.platform === "linux") {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" ? undefined : fields[19];
    }
    const started = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
    }).trim();
    return started === "" ? undefined : started;
  } catch {
    return undefined;
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function runningHolder(text: string): Holder | undefined {
  try {
    const holder = Holder.parse(JSON.parse(text));
    return startTimeOf(holder.pid) === holder.startTime ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** Makes this process the only one that uses the folder, or says who does. Returns the way to let it go. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, "lock");
  const mine = `${path}.${process.pid}.${crypto.randomUUID()}`;
  writeFileSync(
    mine,
    JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) ?? "unknown" }),
    { mode: 0o600 },
  );
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
      if (text !== undefined) removeStale(path, text, mine);
    }
    throw new Error(
      `The cluster's data folder ${folder} is being locked by others again and again: try later.`,
    );
  } finally {
    rmSync(mine, { force: true });
  }
}

function removeStale(path: string, text: string, mine: string): void {
  const holder = runningHolder(text);
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
