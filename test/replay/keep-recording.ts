import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { format } from "prettier";
import type { Implementation } from "./libraries.ts";
import { HISTORIES, placeOf, type Recording } from "./recording.ts";
import { replayRecording } from "./replay-recording.ts";
import { tellTalesIn } from "./tell-tales.ts";

export interface KeepOptions {
  readonly orchestrations: readonly Implementation[];
  readonly overwrite: boolean;
  readonly folder?: string;
}

/**
 * Writes a recording where it belongs and says where that is. One that is there stays unless it is to be overwritten;
 * one that holds what nobody may see, or that today's code does not replay, is refused, and nothing in it is changed.
 */
export async function keepRecording(
  recording: Recording,
  name: string,
  { orchestrations, overwrite, folder = HISTORIES }: KeepOptions,
): Promise<{ readonly path: string; readonly written: boolean }> {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
    throw new Error(`"${name}" is no name of a case: write it in kebab-case`);
  const path = placeOf(recording, name);
  const file = join(folder, path);
  if (existsSync(file) && !overwrite) return { path, written: false };

  const text = await format(JSON.stringify(recording), { parser: "json", printWidth: 100 });
  const tellTales = tellTalesIn(text);
  if (tellTales.length > 0)
    throw new Error(`${path} is not written, since it would hold ${tellTales.join(", ")}`);
  const difference = await replayRecording(recording, name, orchestrations);
  if (difference !== undefined)
    throw new Error(`${path} is not written, since its replay fails already: ${difference}`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return { path, written: true };
}
