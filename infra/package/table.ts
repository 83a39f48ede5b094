import type { Metafile } from "./bundle.ts";
import { startOutputs } from "./check.ts";
import { packageFolder, packageName } from "./lock.ts";
import type { Entry } from "./zip.ts";

const LARGEST = 4;

/** What is in the zip, a line a file, the largest first: size, size in the zip, and what it is made of. */
export function tableOf(entries: readonly Entry[], metafile: Metafile): string {
  const largest = [...entries].sort((one, other) => other.size - one.size);
  const rows = largest.map(({ path, size, packed }) => [
    path,
    bytes(size),
    bytes(packed),
    madeOf(path, metafile),
  ]);
  const total = (of: (entry: Entry) => number) =>
    bytes(entries.reduce((sum, it) => sum + of(it), 0));
  return columns([
    ["file", "size", "in the zip", "made of"],
    ...rows,
    [`${entries.length} files`, total((it) => it.size), total((it) => it.packed), ""],
  ]);
}

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return count < 1_000_000
    ? `${(count / 1000).toFixed(1)} kB`
    : `${(count / 1_000_000).toFixed(2)} MB`;
}

function madeOf(path: string, metafile: Metafile): string {
  const output = Object.keys(metafile.outputs).find((one) => one.endsWith(`/${path}`));
  if (output === undefined || path.endsWith(".map")) return "";
  const sizes = new Map<string, number>();
  for (const [input, { bytesInOutput }] of Object.entries(metafile.outputs[output]?.inputs ?? {})) {
    const folder = packageFolder(input);
    const name = folder === undefined ? "src" : packageName(folder);
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
  const names = [...sizes].sort(([, one], [, other]) => other - one).map(([name]) => name);
  const when = startOutputs(metafile).includes(output) ? "at the start" : "when needed";
  const more = names.length > LARGEST ? `, ${names.length - LARGEST} more` : "";
  return `${when}: ${names.slice(0, LARGEST).join(", ")}${more}`;
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2].map((at) => Math.max(...rows.map((row) => (row[at] ?? "").length)));
  return rows
    .map(([path = "", size = "", packed = "", what = ""]) =>
      [
        path.padEnd(widths[0] ?? 0),
        size.padStart(widths[1] ?? 0),
        packed.padStart(widths[2] ?? 0),
        what,
      ]
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
