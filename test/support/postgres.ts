import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import type { PostgresMajor } from "../../local/postgres/binaries.ts";
import { initDataDirectory } from "../../local/postgres/data-directory.ts";
import { startServer, type RunningServer } from "../../local/postgres/server.ts";
import { placeData, serverUser } from "../../local/postgres/server-user.ts";

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

export interface ThrowawayPostgres {
  /** Starts it, with a data directory of its own. */
  open(): Promise<void>;
  /** Stops it and removes all its data. */
  close(): Promise<void>;
  /** URL of the `postgres` database, as superuser. */
  readonly url: string;
  readonly port: number;
  /** Makes an empty database of its own. */
  newDatabase(): Promise<{ url: string }>;
  /** Stops it, if it runs, and starts it again on the same port with the same data. */
  restart(): Promise<void>;
  /** Kills the postmaster with SIGKILL. */
  kill9(): Promise<void>;
  stop(): Promise<void>;
}

const SETTINGS = {
  fsync: "off",
  full_page_writes: "off",
  shared_buffers: "32MB",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_connections: "200",
};

/** Gives a test file a real server of its own: started before its first test, removed with all its data after the last. */
export function withPostgres(major?: PostgresMajor): ThrowawayPostgres {
  const server = throwawayPostgres(major);
  beforeAll(() => server.open());
  afterAll(() => server.close());
  return server;
}

export function throwawayPostgres(major: PostgresMajor = "18"): ThrowawayPostgres {
  const password = randomBytes(12).toString("hex");
  let folder = "";
  let port = 0;
  let server: RunningServer | null = null;
  let databases = 0;

  const urlOf = (database: string): string => {
    if (port === 0)
      throw new Error(
        "the throwaway server has not been opened yet: in a test file, beforeAll does it",
      );
    return `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
  };

  const start = async (): Promise<void> => {
    const dataDirectory = join(folder, "pgdata");
    const options = {
      major,
      dataDirectory,
      host: "127.0.0.1",
      port,
      settings: SETTINGS,
      detached: false,
    };
    server = await startServer(options);
  };

  const open = async (): Promise<void> => {
    const wanted = await mkdtemp(join(tmpdir(), "toygres-test-postgres-"));
    // The server's user, when it is another than ours, must be able to enter.
    await chmod(wanted, 0o755);
    const place = await placeData(serverUser(), wanted);
    folder = place.path;
    if (place.notice !== null) throw new Error(place.notice);
    const dataDirectory = join(folder, "pgdata");
    await initDataDirectory({
      major,
      dataDirectory,
      superuser: "postgres",
      password,
      args: ["--no-sync"],
    });
    for (let attempt = 1; server === null; attempt += 1) {
      port = await freePort();
      // Another program may take the free port first.
      await start().catch((error: unknown) => {
        if (attempt === 5) throw error;
      });
    }
  };

  return {
    open,
    async close() {
      await server?.stop();
      if (folder !== "") await rm(folder, { recursive: true, force: true });
    },
    get url() {
      return urlOf("postgres");
    },
    get port() {
      return port;
    },
    async newDatabase() {
      databases += 1;
      const name = `test_${databases}`;
      const client = new Client({ connectionString: urlOf("postgres") });
      await client.connect();
      try {
        await client.query(`create database ${name}`);
      } finally {
        await client.end();
      }
      return { url: urlOf(name) };
    },
    async restart() {
      await server?.stop();
      await start();
    },
    async kill9() {
      await server?.kill();
    },
    async stop() {
      await server?.stop();
    },
  };
}
