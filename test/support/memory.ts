import { readFile } from "node:fs/promises";
import { commandLines } from "./pods.ts";

/** Of the processes of the environment on this data folder, in MB by kind: what several share counts once, in parts. */
export async function memoryOf(data: string): Promise<Record<string, number>> {
  const lines = await commandLines();
  const kinds = new Map<number, string>();
  for (const [pid, args] of lines) {
    const line = args.join(" ");
    const service = /local\/(functions-host|cluster|postgres)\/main\.ts/.exec(line)?.[1];
    if (!line.includes(data)) continue;
    if (service !== undefined) kinds.set(pid, service);
    else if (line.includes(" -c listen_addresses=")) kinds.set(pid, "PostgreSQL servers");
  }
  const sums: Record<string, number> = {};
  for (const pid of lines.keys()) {
    const kind = kinds.get(pid) ?? kinds.get(await parentOf(pid));
    if (kind !== undefined) sums[kind] = (sums[kind] ?? 0) + (await proportionalKilobytes(pid));
  }
  return Object.fromEntries(
    Object.entries(sums).map(([kind, kb]) => [kind, Math.round(kb / 1024)]),
  );
}

const numberIn = async (file: string, line: RegExp): Promise<number> =>
  Number(line.exec(await readFile(file, "utf8").catch(() => ""))?.[1] ?? 0);

const parentOf = (pid: number) => numberIn(`/proc/${pid}/status`, /^PPid:\s+(\d+)$/m);

const proportionalKilobytes = (pid: number) =>
  numberIn(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+) kB$/m);
