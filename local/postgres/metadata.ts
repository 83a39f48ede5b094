import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Client } from "pg";
import { Refusal } from "../processes/refusal.ts";
import { binaries } from "./binaries.ts";
import { checkMajor, initDataDirectory, majorOf } from "./data-directory.ts";
import { type RunningServer, adoptServer, startServer } from "./server.ts";
import { placeData, serverUser } from "./server-user.ts";

export interface MetadataOptions {
  /** The folder of the metadata database; the password is kept in it, readable by us alone. */
  readonly directory: string;
  readonly host: string;
  readonly port: number;
}

const MAJOR = "18";
const NAME = "toygres";

/** Small and quick, and never at the price of a committed row. */
const SETTINGS = {
  synchronous_commit: "on",
  fsync: "on",
  shared_buffers: "64MB",
  max_connections: "100",
  wal_level: "minimal",
  max_wal_senders: "0",
  checkpoint_timeout: "15min",
  max_wal_size: "512MB",
  password_encryption: "scram-sha-256",
};

/** Starts the control plane's own database, or takes over the one that an earlier run left. */
export async function startMetadata(
  options: MetadataOptions,
  notify: (line: string) => void,
): Promise<RunningServer> {
  const place = await placeData(serverUser(), options.directory);
  const { notice } = await binaries(MAJOR);
  for (const line of [notice, place.notice]) if (line !== null) notify(line);
  const password = await passwordIn(options.directory);
  const dataDirectory = join(place.path, "pgdata");
  if ((await majorOf(dataDirectory)) === null) {
    await initDataDirectory({ major: MAJOR, dataDirectory, superuser: NAME, password });
  }
  await checkMajor(dataDirectory, MAJOR);
  const { host, port } = options;
  const server = { major: MAJOR, dataDirectory, host, port, settings: SETTINGS } as const;
  const running = (await adoptServer(server)) ?? (await startServer(server));
  try {
    await ensureDatabase(host, port, password);
  } catch (error) {
    await running.stop();
    throw new Refusal(
      `the metadata database cannot be entered with the password in "${options.directory}"`,
      {
        cause: error,
      },
    );
  }
  return running;
}

/** The URL of the metadata database, with its password: for DATABASE_URL, never for a log. */
export async function metadataUrl({ directory, host, port }: MetadataOptions): Promise<string> {
  return urlOf(await passwordIn(directory), host, port, NAME);
}

function urlOf(password: string, host: string, port: number, database: string): string {
  return `postgresql://${NAME}:${password}@${host}:${port}/${database}`;
}

async function passwordIn(directory: string): Promise<string> {
  const file = join(resolve(directory), "password");
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  await mkdir(directory, { recursive: true });
  const password = randomBytes(24).toString("hex");
  await writeFile(`${file}.${process.pid}`, password, { mode: 0o600 });
  await rename(`${file}.${process.pid}`, file);
  return password;
}

async function ensureDatabase(host: string, port: number, password: string): Promise<void> {
  const client = new Client({
    connectionString: urlOf(password, host, port, "postgres"),
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [NAME]);
    if (rowCount === 0) await client.query(`create database ${NAME}`);
  } finally {
    await client.end();
  }
}
