import {
  closeSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { KubernetesObject } from "./object.ts";

/** What this program wrote itself is only looked at, not checked field by field. */
const isObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "kind" in value && "metadata" in value;

const Line = z.union([
  z.object({
    version: z.int(),
    put: z.custom<KubernetesObject>(isObject),
  }),
  z.object({ version: z.int(), removed: z.string() }),
  z.object({ version: z.int(), format: z.literal(1) }),
]);
export type JournalLine = { version: number; put: object } | { version: number; removed: string };
type ReadLine = z.infer<typeof Line>;

/** What of the store is kept on disk: lines of JSON, one a write. */
export interface Journal {
  /** Writes the line before it returns (a killed process loses nothing); throws, with nothing written, when the disk refuses. */
  append(line: JournalLine): void;
  /** Resolves when all that was appended so far would survive a power cut. */
  synced(): Promise<void>;
  /** Replaces the file by one that holds these objects only. */
  compact(version: number, objects: Iterable<object>): void;
  /** How many lines the file has. */
  length(): number;
  close(): Promise<void>;
}

function parseLines(text: string, path: string): ReadLine[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => {
      try {
        return Line.parse(JSON.parse(line));
      } catch {
        throw new Error(
          `Line ${index + 1} of the cluster's journal ${path} cannot be read: the file was changed or the disk is damaged. ` +
            "Put back a copy of it, or remove the folder to begin with an empty cluster.",
        );
      }
    });
}

/** Opens the journal of a folder and hands each of its lines to `replay`; a last line that was cut off is dropped. */
export function openJournal(folder: string, replay: (line: ReadLine) => void): Journal {
  const path = join(folder, "journal.jsonl");
  let fd = openSync(path, "a+", 0o600);
  const bytes = readFileSync(path);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) ftruncateSync(fd, whole);
  const lines = parseLines(bytes.toString("utf8", 0, whole), path);
  lines.forEach(replay);
  let length = lines.length;
  let size = whole;
  let broken: Error | undefined;
  let waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  let syncing = false;
  let retired: number[] = [];

  const sync = (): void => {
    if (syncing || waiting.length === 0) return;
    syncing = true;
    const served = waiting;
    waiting = [];
    fsync(fd, (error) => {
      syncing = false;
      for (const old of retired) closeSync(old);
      retired = [];
      // After a failed fsync nobody knows what is on disk, so nothing more is acknowledged.
      if (error !== null)
        broken = new Error(`The cluster's journal ${path} cannot be synced: ${error.message}`);
      for (const waiter of served)
        if (broken === undefined) waiter.resolve();
        else waiter.reject(broken);
      sync();
    });
  };

  return {
    append: (line) => {
      if (broken !== undefined) throw broken;
      const data = Buffer.from(`${JSON.stringify(line)}\n`);
      let written = 0;
      try {
        while (written < data.length) written += writeSync(fd, data, written);
      } catch (error) {
        try {
          ftruncateSync(fd, size);
        } catch {
          broken = new Error(
            `The cluster's journal ${path} cannot be written: free disk space and start again.`,
          );
        }
        throw error;
      }
      size += data.length;
      length += 1;
    },
    synced: async () => {
      await new Promise<void>((resolve, reject) => {
        waiting.push({ resolve, reject });
        sync();
      });
    },
    compact: (version, objects) => {
      const next = `${path}.new`;
      const nextFd = openSync(next, "w", 0o600);
      let count = 1;
      writeSync(nextFd, `${JSON.stringify({ version, format: 1 })}\n`);
      for (const put of objects) {
        writeSync(nextFd, `${JSON.stringify({ version, put })}\n`);
        count += 1;
      }
      fsyncSync(nextFd);
      closeSync(nextFd);
      renameSync(next, path);
      const dir = openSync(folder, "r");
      fsyncSync(dir);
      closeSync(dir);
      if (syncing) retired.push(fd);
      else closeSync(fd);
      fd = openSync(path, "a+", 0o600);
      size = fstatSync(fd).size;
      length = count;
    },
    length: () => length,
    close: async () => {
      while (syncing || waiting.length > 0)
        await new Promise<void>((resolve) => setImmediate(resolve));
      closeSync(fd);
    },
  };
}

/** For tests that need no disk. */
export const forgetfulJournal = (): Journal => ({
  append: () => undefined,
  synced: async () => undefined,
  compact: () => undefined,
  length: () => 0,
  close: async () => undefined,
});
