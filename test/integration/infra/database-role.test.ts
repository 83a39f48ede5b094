import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { Client } from "pg";
import { migrate } from "../../../src/metadata/migrate.ts";
import { createMetadata } from "../../../src/metadata/metadata.ts";
import { infra } from "../../support/bicep/files.ts";
import { withPostgres } from "../../support/postgres.ts";
import { keptLog, startedCreate, startedDelete } from "../metadata/fixtures.ts";

const server = withPostgres("16");

const IDENTITY = "id-toygres-z2345abcdefgh";
const ADMINISTRATOR = "admin@example.com";
const PASSWORD = randomBytes(12).toString("hex");
const VARIABLES = {
  identity: IDENTITY,
  object_id: "11111111-2222-3333-4444-555555555555",
  database: "toygres",
};

const urlOf = (user: string, database: string): string => {
  const url = new URL(server.url);
  url.username = encodeURIComponent(user);
  if (user !== "postgres") url.password = PASSWORD;
  url.pathname = `/${database}`;
  return url.href;
};

async function connected<T>(
  user: string,
  database: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString: urlOf(user, database) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The four things of psql that the script uses: `:'x'`, `:"x"`, `\gexec` and `\connect`. */
async function psql(script: string, variables: Record<string, string>): Promise<void> {
  const text = script
    .replace(/^--.*$/gm, "")
    .replace(/:'(\w+)'/g, (_, name: string) => `'${variables[name]?.replaceAll("'", "''") ?? ""}'`)
    .replace(/:"(\w+)"/g, (_, name: string) => `"${variables[name]?.replaceAll('"', '""') ?? ""}"`);
  const [before = "", after = ""] = text.split(/^\\connect .*$/m);
  for (const [database, part] of [
    ["postgres", before],
    ["toygres", after],
  ] as const) {
    await connected(ADMINISTRATOR, database, async (client) => {
      for (const [statement] of part.matchAll(/\S[^;\\]*(;|\\gexec)/g)) {
        const { rows } = await client.query<unknown[]>({
          text: statement.replace("\\gexec", ""),
          rowMode: "array",
        });
        if (statement.endsWith("\\gexec"))
          for (const [sql] of rows) await client.query(String(sql));
      }
    });
  }
}

const script = readFileSync(infra("sql/database-role.sql"), "utf8");

/** An administrator as Azure makes one, and Azure's function that makes the role of an Entra identity. */
beforeAll(async () => {
  await connected("postgres", "postgres", async (client) => {
    await client.query(
      `create role "${ADMINISTRATOR}" login createdb createrole password '${PASSWORD}'`,
    );
    await client.query(`
      create function pgaadauth_create_principal_with_oid(name text, oid text, type text, admin boolean, mfa boolean)
      returns text language plpgsql security definer as $$
      begin
        execute format('create role %I login password %L', name, '${PASSWORD}');
        return 'Created role for ' || name;
      end $$`);
  });
  await psql(script, VARIABLES);
  await migrate({ url: urlOf(ADMINISTRATOR, "toygres") }, keptLog());
});

describe("the control plane's role in the metadata database", () => {
  it("is made by a script that can run again", async () => {
    await expect(psql(script, VARIABLES)).resolves.toBeUndefined();
  });

  it("is enough for the store: a create is requested and begun, then a delete", async () => {
    const address = { url: urlOf(IDENTITY, "toygres") };
    const metadata = createMetadata({ address, poolSize: 3, log: keptLog() });
    try {
      const { instanceId } = await startedCreate(metadata);
      await startedDelete(metadata, instanceId);
      expect(await metadata.catalog.findInstance(instanceId)).toMatchObject({ state: "deleting" });
    } finally {
      await metadata.close();
    }
  });

  it("reads and writes rows of every table that the migrations made", async () => {
    await connected(IDENTITY, "toygres", async (client) => {
      const { rows } = await client.query<{ table: string; missing: string[] }>(`
        select c.relname as table, array_remove(array[
          case when not has_table_privilege(c.oid, 'select') then 'select' end,
          case when not has_table_privilege(c.oid, 'insert') then 'insert' end,
          case when not has_table_privilege(c.oid, 'update') then 'update' end,
          case when not has_table_privilege(c.oid, 'delete') then 'delete' end], null) as missing
        from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`);
      expect(rows.map(({ table }) => table)).toEqual(
        expect.arrayContaining(["instances", "operations"]),
      );
      expect(rows.filter(({ missing }) => missing.length > 0)).toEqual([]);
    });
  });

  it.each([
    ["makes no table", "create table mine (id int)"],
    ["changes no table", "alter table instances add column mine int"],
    ["drops no table", "drop table idempotency_keys"],
    ["empties no table at once", "truncate instance_events"],
    ["makes no role", "create role mine"],
    ["makes no database", "create database mine"],
  ])("%s", async (_, sql) => {
    await connected(IDENTITY, "toygres", async (client) => {
      await expect(client.query(sql)).rejects.toMatchObject({ code: "42501" });
    });
  });
});

describe("other roles of the server", () => {
  it("do not get into the metadata database", async () => {
    await connected("postgres", "postgres", (client) =>
      client.query(`create role stranger login password '${PASSWORD}'`),
    );
    await expect(connected("stranger", "toygres", async () => undefined)).rejects.toMatchObject({
      code: "42501",
    });
  });
});
