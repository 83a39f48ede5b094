import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Refusal } from "../processes/refusal.ts";
import { binaries, type PostgresMajor } from "./binaries.ts";
import { run } from "./run.ts";
import { giveTo, serverUser } from "./server-user.ts";

export interface InitOptions {
  readonly major: PostgresMajor;
  readonly dataDirectory: string;
  readonly superuser: string;
  /** A password or a SCRAM verifier; the server keeps a verifier as it is. */
  readonly password: string;
  /** Further arguments of initdb. */
  readonly args?: readonly string[];
  readonly hostAuth?: string;
  readonly localAuth?: string;
  readonly onSpawn?: (pid: number) => void;
}

const INITDB_TIMEOUT_MS = 120_000;

/** The major version that a data directory belongs to; null when it holds no database cluster. */
export async function majorOf(dataDirectory: string): Promise<string | null> {
  try {
    return (await readFile(join(dataDirectory, "PG_VERSION"), "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Refuses a data directory that another major version made. */
export async function checkMajor(dataDirectory: string, wanted: PostgresMajor): Promise<void> {
  const major = await majorOf(dataDirectory);
  if (major !== null && major !== wanted) {
    throw new Refusal(
      `"${dataDirectory}" holds data of PostgreSQL ${major}, this server is PostgreSQL ${wanted}: ` +
        "move it away, or start the version that made it",
    );
  }
}

/** Makes a database cluster by initdb; the directory appears whole or not at all. */
export async function initDataDirectory(options: InitOptions): Promise<void> {
  const { major, dataDirectory, superuser, password } = options;
  const user = serverUser();
  const { initdb } = await binaries(major);
  const draft = `${dataDirectory}.${randomUUID()}`;
  const passwordFile = `${draft}.password`;
  try {
    await makeOwn(draft);
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    await giveTo(user, passwordFile);
    const locale = major === "16" ? [] : ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
    const ran = await run(
      initdb,
      [
        `--pgdata=${draft}`,
        `--username=${superuser}`,
        `--pwfile=${passwordFile}`,
        `--auth-host=${options.hostAuth ?? "scram-sha-256"}`,
        `--auth-local=${options.localAuth ?? "scram-sha-256"}`,
        "--encoding=UTF8",
        "--locale=C",
        ...locale,
        ...(options.args ?? []),
      ],
      {
        user,
        timeoutMs: INITDB_TIMEOUT_MS,
        ...(options.onSpawn ? { onSpawn: options.onSpawn } : {}),
      },
    );
    if (ran.code !== 0)
      throw new Refusal(`initdb failed in "${dataDirectory}": ${lastLines(ran.output)}`);
    await rename(draft, dataDirectory);
  } finally {
    await rm(passwordFile, { force: true });
    if (existsSync(draft)) await rm(draft, { recursive: true, force: true });
  }
}

async function makeOwn(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Refusal(
      `cannot write in the data folder: making "${folder}" failed with ${code ?? "an error"}`,
      {
        cause: error,
      },
    );
  }
  await chmod(folder, 0o700);
  await giveTo(serverUser(), folder);
}

export function lastLines(text: string, count = 4): string {
  return text.trim().split("\n").slice(-count).join(" | ");
}
