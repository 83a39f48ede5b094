import { randomUUID } from "node:crypto";
import {
  chmod,
  chown,
  mkdir,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ServerUser } from "../../postgres/server-user.ts";
import type { ObjectStore } from "../store/store.ts";
import type { Volume } from "./pod-spec.ts";

export interface FileToWrite {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

interface Source {
  readonly kind: "Secret" | "ConfigMap";
  readonly name: string;
  readonly optional: boolean;
  readonly items?: readonly { key: string; path: string; mode?: number | undefined }[] | undefined;
  readonly mode: number;
}

/** Where the files of a volume come from; null when it has none of its own. */
function sourcesOf({ secret, configMap, projected }: Volume): Source[] | null {
  if (secret !== undefined) {
    return [{ ...secret, kind: "Secret", name: secret.secretName, mode: secret.defaultMode }];
  }
  if (configMap !== undefined)
    return [{ ...configMap, kind: "ConfigMap", mode: configMap.defaultMode }];
  if (projected === undefined) return null;
  const mode = projected.defaultMode;
  return projected.sources.flatMap((it) => [
    ...(it.secret === undefined ? [] : [{ ...it.secret, kind: "Secret" as const, mode }]),
    ...(it.configMap === undefined ? [] : [{ ...it.configMap, kind: "ConfigMap" as const, mode }]),
  ]);
}

/** The files of a volume as its objects have them now, or the sentence why they cannot be had. */
export function filesOf(
  store: ObjectStore,
  namespace: string,
  volume: Volume,
): FileToWrite[] | string | null {
  const sources = sourcesOf(volume);
  if (sources === null) return null;
  const files: FileToWrite[] = [];
  for (const source of sources) {
    const found = filesFrom(store, namespace, source);
    if (typeof found === "string")
      return `MountVolume.SetUp failed for volume "${volume.name}" : ${found}`;
    files.push(...found);
  }
  return files;
}

function filesFrom(store: ObjectStore, namespace: string, source: Source): FileToWrite[] | string {
  const { kind, name, optional, items, mode } = source;
  const object = store.get({ kind, namespace, name });
  if (object === undefined) return optional ? [] : `${kind.toLowerCase()} "${name}" not found`;
  const contents = new Map<string, Buffer>();
  const encoding = kind === "Secret" ? "base64" : "utf8";
  for (const [key, value] of Object.entries(object.data ?? {}))
    contents.set(key, Buffer.from(value, encoding));
  for (const [key, value] of Object.entries(object.binaryData ?? {}))
    contents.set(key, Buffer.from(value, "base64"));
  if (items === undefined || items.length === 0) {
    return [...contents].map(([path, content]) => ({ path, content, mode }));
  }
  const missing = items.find(({ key }) => !contents.has(key));
  if (missing !== undefined && !optional)
    return `references non-existent ${kind.toLowerCase()} key: ${missing.key}`;
  return items.flatMap((item) => {
    const content = contents.get(item.key);
    return content === undefined ? [] : [{ path: item.path, content, mode: item.mode ?? mode }];
  });
}

/**
 * Puts files into a volume as a real kubelet does: a new folder, then one rename of the link `..data`, so that a
 * reader sees all the old or all the new. Nothing happens when nothing changed.
 */
export async function writeVolume(
  folder: string,
  files: readonly FileToWrite[],
  user: ServerUser,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  if (await isSame(folder, files)) return;
  const name = `..${randomUUID()}`;
  const fresh = join(folder, name);
  await mkdir(fresh, { mode: 0o755 });
  for (const { path, content, mode } of files) {
    const place = join(fresh, path);
    if (!place.startsWith(`${fresh}/`))
      throw new Error(`the path "${path}" leads out of its volume`);
    await mkdir(dirname(place), { recursive: true, mode: 0o755 });
    await writeFile(place, content, { mode: 0o600 });
    await hand(place, mode, user);
  }
  const old = await readlink(join(folder, "..data")).catch(() => null);
  await symlink(name, join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), join(folder, "..data"));
  const tops = new Set(files.map(({ path }) => path.split("/")[0] ?? path));
  for (const top of tops) {
    await symlink(`..data/${top}`, join(folder, top)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    });
  }
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith("..") && !tops.has(entry)) await rm(join(folder, entry));
  }
  if (old !== null) await rm(join(folder, old), { recursive: true, force: true });
}

/** As root the file is root's and its group the server's (as with fsGroup); else it is ours, and ours alone. */
async function hand(place: string, mode: number, user: ServerUser): Promise<void> {
  if (user === null) {
    await chmod(place, mode & 0o700);
    return;
  }
  await chown(place, 0, user.gid);
  await chmod(place, mode);
}

async function isSame(folder: string, files: readonly FileToWrite[]): Promise<boolean> {
  const names = (await readdir(folder)).filter((it) => !it.startsWith(".."));
  const tops = new Set(files.map(({ path }) => path.split("/")[0] ?? path));
  if (names.length !== tops.size || (files.length === 0 && names.length === 0)) return false;
  for (const { path, content } of files) {
    const present = await readFile(join(folder, path)).catch(() => null);
    if (present === null || !present.equals(content)) return false;
  }
  return true;
}
