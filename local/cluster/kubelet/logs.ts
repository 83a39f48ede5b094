import { open, stat, truncate } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReadLog } from "../api/logs.ts";

const FOLLOW_MS = 200;
const CHUNK_BYTES = 65_536;
const LIMIT_BYTES = 10 * 1024 * 1024;
const KEPT_BYTES = 1024 * 1024;

/** Serves `kubectl logs` from the containers' output files. */
export function logReader(fileOf: (podUid: string, previous: boolean) => string): ReadLog {
  return async function* read(pod, { previous, follow, tailLines, limitBytes }) {
    const file = fileOf(pod.metadata.uid, previous);
    let position = tailLines === undefined ? 0 : await startOfTail(file, tailLines);
    let left = limitBytes ?? Number.POSITIVE_INFINITY;
    for (;;) {
      const chunk = await readAt(file, position, Math.min(CHUNK_BYTES, left));
      if (chunk === null) return;
      position += chunk.length;
      left -= chunk.length;
      if (chunk.length > 0) yield chunk;
      else if (!follow) return;
      else {
        await sleep(FOLLOW_MS);
        // A file that became shorter was begun anew.
        if ((await sizeOf(file)) < position) position = 0;
      }
      if (left <= 0) return;
    }
  };
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    (it) => it.size,
    () => 0,
  );

async function readAt(file: string, position: number, length: number): Promise<Buffer | null> {
  try {
    const handle = await open(file, "r");
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}

async function startOfTail(file: string, lines: number): Promise<number> {
  const size = await sizeOf(file);
  const from = Math.max(0, size - LIMIT_BYTES);
  const text = (await readAt(file, from, size - from)) ?? Buffer.alloc(0);
  let position = text.length - (text.at(-1) === 10 ? 1 : 0);
  for (let count = 0; count < lines; count += 1) {
    if (position <= 0) return from;
    position = text.lastIndexOf(10, position - 1);
    if (position < 0) return from;
  }
  return lines === 0 ? size : from + position + 1;
}

/** Keeps an output file small: its writer appends, so what is left of it goes on at the end. */
export async function boundLog(file: string): Promise<void> {
  const size = await sizeOf(file);
  if (size <= LIMIT_BYTES) return;
  const tail = await readAt(file, size - KEPT_BYTES, KEPT_BYTES);
  if (tail === null) return;
  await truncate(file, 0);
  const handle = await open(file, "a");
  try {
    await handle.write(tail);
  } finally {
    await handle.close();
  }
}
