import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { binaries, type PostgresMajor } from "../../postgres/binaries.ts";
import { initDataDirectory, majorOf } from "../../postgres/data-directory.ts";
import { run } from "../../postgres/run.ts";
import { serverUser } from "../../postgres/server-user.ts";
import { openToNetwork, type DataDirectoryPool } from "./pool.ts";
import { statementsOf } from "./statements.ts";

export interface FirstStart {
  readonly major: PostgresMajor;
  /** Where the data lies on this machine. */
  readonly dataDirectory: string;
  readonly environment: ReadonlyMap<string, string>;
  /** The folder behind /docker-entrypoint-initdb.d. */
  readonly scripts: string;
  readonly pool: DataDirectoryPool;
}

/** What ends the container with exit code 1, in the image's words where it has some. */
export class ImageFailure extends Error {
  override readonly name = "ImageFailure";
}

const SINGLE_TIMEOUT_MS = 120_000;

/** Does what the image's entrypoint does on an empty volume; the data appears whole or not at all. */
export async function prepareData(start: FirstStart): Promise<void> {
  const { dataDirectory, major } = start;
  const found = await majorOf(dataDirectory);
  if (found === major) return;
  if (found !== null) {
    throw new ImageFailure(
      `FATAL:  database files are incompatible with server: the data directory was initialized by PostgreSQL version ${found}, which is not compatible with this version ${major}`,
    );
  }
  const password = start.environment.get("POSTGRES_PASSWORD") ?? "";
  if (password === "") {
    throw new ImageFailure(
      "Error: Database is uninitialized and superuser password is not specified. You must specify POSTGRES_PASSWORD to a non-empty value for the superuser.",
    );
  }
  await mkdir(dirname(dataDirectory), { recursive: true, mode: 0o755 });
  await removeDrafts(dataDirectory);
  const draft = `${dataDirectory}.${randomUUID()}`;
  try {
    await initialise(start, draft, password);
    await runScripts(start, draft, password);
    await rename(draft, dataDirectory);
  } finally {
    if (existsSync(draft)) await rm(draft, { recursive: true, force: true });
  }
}

/** What a start that was killed left behind. */
async function removeDrafts(dataDirectory: string): Promise<void> {
  const parent = dirname(dataDirectory);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(dataDirectory)}.`)) continue;
    await rm(join(parent, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

const superuserOf = ({ environment }: FirstStart): string =>
  environment.get("POSTGRES_USER") ?? "postgres";

async function initialise(start: FirstStart, draft: string, password: string): Promise<void> {
  const { major, environment, pool } = start;
  const args = (environment.get("POSTGRES_INITDB_ARGS") ?? "")
    .split(/\s+/)
    .filter((it) => it !== "");
  const superuser = superuserOf(start);
  if (args.length === 0 && superuser === "postgres") {
    await pool.take(major, draft);
    return;
  }
  await initDataDirectory({ major, dataDirectory: draft, superuser, password, args });
  await openToNetwork(draft);
}

async function runScripts(start: FirstStart, draft: string, password: string): Promise<void> {
  const superuser = superuserOf(start);
  const database = start.environment.get("POSTGRES_DB") ?? superuser;
  const first = [`ALTER ROLE ${quoteName(superuser)} PASSWORD ${quoteText(password)}`];
  if (database !== "postgres") first.push(`CREATE DATABASE ${quoteName(database)}`);
  const scripts = await readScripts(start.scripts);
  if (database === "postgres") {
    await runSingle(start, draft, "postgres", [...first, ...scripts]);
    return;
  }
  await runSingle(start, draft, "postgres", first);
  if (scripts.length > 0) await runSingle(start, draft, database, scripts);
}

async function readScripts(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder)).filter((it) => !it.startsWith("..")).sort();
  const odd = names.find((it) => !it.endsWith(".sql"));
  if (odd !== undefined) {
    throw new ImageFailure(
      `/docker-entrypoint-initdb.d/${odd}: this local image runs plain .sql files only`,
    );
  }
  const scripts = await Promise.all(names.map((it) => readFile(join(folder, it), "utf8")));
  return scripts.flatMap(statementsOf);
}

/** Without network, without socket, and with no statement ever in an argument or a log. */
async function runSingle(
  { major }: FirstStart,
  dataDirectory: string,
  database: string,
  statements: readonly string[],
): Promise<void> {
  const { postgres } = await binaries(major);
  const settings = [
    "exit_on_error=on",
    "log_min_error_statement=panic",
    "log_statement=none",
    "log_checkpoints=off",
  ];
  const ran = await run(
    postgres,
    ["--single", "-j", "-D", dataDirectory, ...settings.flatMap((it) => ["-c", it]), database],
    {
      user: serverUser(),
      timeoutMs: SINGLE_TIMEOUT_MS,
      // A semicolon and an empty line end a statement here, so none may stand inside one.
      input: statements
        .map((it) => `${it.replace(/;[ \t]*\n(?=[ \t]*\n)/g, "; \n--\n")};\n\n`)
        .join(""),
    },
  );
  const failure = /(?:ERROR|FATAL):.*/.exec(ran.output)?.[0];
  if (ran.code !== 0 || failure !== undefined) {
    const why = failure ?? `error: it ended with exit code ${ran.code ?? "none"}`;
    throw new ImageFailure(`psql: ${why}`);
  }
}

const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
