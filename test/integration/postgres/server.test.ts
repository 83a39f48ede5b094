import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { metadataUrl } from "../../../local/postgres/metadata.ts";
import { freePort, withPostgres } from "../../support/postgres.ts";

async function value(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ value: unknown }>(sql);
    return rows[0]?.value;
  } finally {
    await client.end();
  }
}

describe("a throwaway server", () => {
  const postgres = withPostgres();

  it("gives each caller an empty database of its own", async () => {
    const one = await postgres.newDatabase();
    const other = await postgres.newDatabase();
    await value(one.url, "create table t as select 1");
    expect(
      await value(other.url, "select count(*)::int as value from pg_tables where tablename = 't'"),
    ).toBe(0);
  });

  it("keeps its rows when the postmaster is killed and started again", async () => {
    const { url } = await postgres.newDatabase();
    await value(url, "create table t as select 42 as value");
    await postgres.kill9();
    await postgres.restart();
    expect(await value(url, "select value from t")).toBe(42);
  });
});

interface Entry {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly line: (pattern: RegExp) => Promise<string>;
  readonly exit: Promise<number | null>;
}

function startMain(directory: string, port: number): Entry {
  const main = join(import.meta.dirname, "../../../local/postgres/main.ts");
  const child = spawn(process.execPath, [main, "--data", directory, "--port", String(port)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const wanted: { pattern: RegExp; found: (line: string) => void }[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      for (const one of wanted) if (one.pattern.test(line)) one.found(line);
    });
  }
  const exit = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const early = lines.find((it) => pattern.test(it));
      if (early !== undefined) resolve(early);
      else wanted.push({ pattern, found: resolve });
      void exit.then(() => reject(new Error(`ended without the line: ${lines.join("\n")}`)));
    });
  return { child, lines, line, exit };
}

describe("the metadata server", () => {
  let directory = "";
  const started: Entry[] = [];
  const start = (port: number): Entry => {
    const entry = startMain(directory, port);
    started.push(entry);
    return entry;
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "toygres-test-metadata-"));
    await chmod(directory, 0o755);
  });
  afterEach(async () => {
    for (const { child, exit } of started.splice(0)) {
      child.kill("SIGTERM");
      await exit;
    }
    await rm(directory, { recursive: true, force: true });
  });

  it("keeps its data over a restart, needs its password and shows it to nobody", async () => {
    const port = await freePort();
    const where = { directory, host: "127.0.0.1", port };
    const first = start(port);
    await first.line(/ready on/);
    const url = await metadataUrl(where);
    expect(await value(url, "select current_database() as value")).toBe("toygres");
    await value(url, "create table t as select 7 as value");
    await expect(value(url.replace(/:[0-9a-f]{48}@/, ":wrong@"), "select 1")).rejects.toMatchObject(
      { code: "28P01" },
    );
    first.child.kill("SIGTERM");
    expect(await first.exit).toBe(0);

    const again = start(port);
    await again.line(/ready on/);
    expect(await value(url, "select value from t")).toBe(7);
    const password = new URL(url).password;
    const log = await readFile(join(directory, "server.log"), "utf8");
    expect([...first.lines, ...again.lines, log].join("\n")).not.toContain(password);
  });

  it("is adopted, not doubled, by the next start when only its keeper was killed", async () => {
    const port = await freePort();
    const first = start(port);
    const pid = /pid (\d+)/.exec(await first.line(/ready on/))?.[1];
    first.child.kill("SIGKILL");
    await first.exit;
    expect(await start(port).line(/ready on/)).toContain(`pid ${pid}, adopted`);
  });

  it("is stopped and started anew when the next start wants another port", async () => {
    const first = start(await freePort());
    await first.line(/ready on/);
    first.child.kill("SIGKILL");
    await first.exit;
    const port = await freePort();
    await start(port).line(/ready on/);
    expect(
      await value(await metadataUrl({ directory, host: "127.0.0.1", port }), "select 1 as value"),
    ).toBe(1);
  });

  it("says that its port is in use, and by which setting to change it", async () => {
    const port = await freePort();
    const other = createServer((socket) => socket.destroy()).listen(port, "127.0.0.1");
    const entry = start(port);
    expect(await entry.exit).toBe(1);
    expect(entry.lines).toEqual([
      `metadata: port ${port} of 127.0.0.1 is in use by another program: stop it, or choose another port`,
    ]);
    await new Promise((resolve) => other.close(resolve));
  });

  it("refuses data of another major version and leaves it alone", async () => {
    const pgdata = join(directory, "pgdata");
    await mkdir(pgdata);
    await writeFile(join(pgdata, "PG_VERSION"), "15\n");
    const entry = start(await freePort());
    expect(await entry.exit).toBe(1);
    expect(entry.lines[0]).toMatch(
      /holds data of PostgreSQL 15, this server is PostgreSQL 18: move it away/,
    );
    expect(existsSync(join(pgdata, "PG_VERSION"))).toBe(true);
  });

  it("puts its data elsewhere, and says where, when its user cannot enter the folder", async () => {
    if (process.getuid?.() !== 0) return;
    await chmod(directory, 0o700);
    const entry = start(await freePort());
    await entry.line(/ready on/);
    const place = /its data is in "(.*)"/.exec(entry.lines.join("\n"))?.[1] ?? "";
    expect(existsSync(join(place, "pgdata", "PG_VERSION"))).toBe(true);
    entry.child.kill("SIGTERM");
    await entry.exit;
    await rm(place, { recursive: true });
  });
});
