import { createHash } from "node:crypto";
import { chmod, chown, lstat, mkdir, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { readFileSync } from "node:fs";
import { Refusal } from "../processes/refusal.ts";

/** Whom server processes run as; null means "as we are". */
export type ServerUser = { readonly uid: number; readonly gid: number } | null;

/** PostgreSQL refuses to run as root, and initdb wants an entry in the password file: so root's servers are nobody's. */
export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return null;
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith("nobody:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (uid === undefined || gid === undefined) {
    throw new Refusal(
      'PostgreSQL does not run as root and this system has no user "nobody" to run it as: start as an ordinary user',
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/** Gives a folder or file that we made to the server's user. */
export async function giveTo(user: ServerUser, path: string): Promise<void> {
  if (user !== null) await chown(path, user.uid, user.gid);
}

async function permits(
  path: string,
  user: { uid: number; gid: number },
  bits: number,
): Promise<boolean> {
  const { uid, gid, mode } = await stat(path);
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  return ((mode >> shift) & bits) === bits;
}

/** Can the server's user reach this path, and read (and enter) it? */
export async function isOpenTo(user: ServerUser, path: string): Promise<boolean> {
  if (user === null) return true;
  const real = await realpath(path);
  if (!(await permits(real, user, 0o5))) return false;
  return areParentsOpenTo(user, real);
}

async function areParentsOpenTo(user: ServerUser, path: string): Promise<boolean> {
  if (user === null) return true;
  const parent = dirname(path);
  if (parent === path) return true;
  return (await permits(parent, user, 0o1)) && areParentsOpenTo(user, parent);
}

const sharedPath = (): string => `/var/tmp/toygres-${process.getuid?.() ?? 0}`;

/** Where {@link placeData} puts the data of a folder that the server's user cannot reach; it need not exist. */
export async function refugeOf(wanted: string): Promise<string> {
  const asked = resolve(wanted);
  const real = await realpath(asked).catch(() => asked);
  return join(sharedPath(), `data-${createHash("sha256").update(real).digest("hex").slice(0, 16)}`);
}

/** Our own folder beside the user's: open to all for entering, writable by us alone, and really ours. */
export async function sharedFolder(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const folder = sharedPath();
  await mkdir(folder, { mode: 0o755 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new Refusal(
      `"${folder}" is not a folder of ours that only we can write: remove it and start again`,
    );
  }
  if ((found.mode & 0o777) !== 0o755) await chmod(folder, 0o755);
  return folder;
}

export interface DataPlace {
  readonly path: string;
  /** One line for the user when the data went elsewhere than asked. */
  readonly notice: string | null;
}

/** Makes the folder for server data, elsewhere under a stable name when the server's user cannot reach the wanted one. */
export async function placeData(user: ServerUser, wanted: string): Promise<DataPlace> {
  const asked = resolve(wanted);
  try {
    await mkdir(asked, { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Refusal(
      `cannot make the data folder "${asked}" (${code ?? "unknown error"}): choose a writable one`,
      {
        cause: error,
      },
    );
  }
  const real = await realpath(asked);
  if (await areParentsOpenTo(user, join(real, "child"))) return { path: real, notice: null };
  await sharedFolder();
  const path = await refugeOf(real);
  await mkdir(path, { recursive: true, mode: 0o755 });
  await chmod(path, 0o755);
  return {
    path,
    notice: `"${real}" cannot be entered by the user that PostgreSQL runs as: its data is in "${path}"`,
  };
}
