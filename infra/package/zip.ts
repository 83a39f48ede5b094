import { zipSync } from "fflate";
import { sorted, type Files } from "./files.ts";

/** The first moment that the format knows, in local time, as it counts: the same bytes in every zone. */
const TIME = new Date(1980, 0, 1);
const UNIX = 3;
const READABLE = (0o100644 << 16) >>> 0;

/** The same files give the same bytes, on any machine: fflate deflates in JavaScript, not by the zlib that Node has. */
export function zipOf(files: Files): Uint8Array {
  const entries = sorted(files).map(([path, bytes]) => [path, bytes] as const);
  return zipSync(Object.fromEntries(entries), {
    level: 9,
    mtime: TIME,
    os: UNIX,
    attrs: READABLE,
  });
}

export interface Entry {
  readonly path: string;
  readonly size: number;
  /** What it takes in the zip, without its headers. */
  readonly packed: number;
}

const END = 0x06054b50;
const END_SIZE = 22;
const ENTRY = 0x02014b50;
const ENTRY_SIZE = 46;

/** What a zip of ours says of itself, from its own directory (no comment, fewer than 65,535 entries). */
export function entriesOf(zip: Uint8Array): Entry[] {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = zip.byteLength - END_SIZE;
  if (end < 0 || view.getUint32(end, true) !== END) throw new Error("this is no zip of ours");
  const count = view.getUint16(end + 10, true);
  const entries: Entry[] = [];
  for (let at = view.getUint32(end + 16, true); entries.length < count;) {
    if (view.getUint32(at, true) !== ENTRY) throw new Error("the zip's directory is broken");
    const nameLength = view.getUint16(at + 28, true);
    const name = zip.subarray(at + ENTRY_SIZE, at + ENTRY_SIZE + nameLength);
    entries.push({
      path: new TextDecoder().decode(name),
      size: view.getUint32(at + 24, true),
      packed: view.getUint32(at + 20, true),
    });
    at += ENTRY_SIZE + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}
