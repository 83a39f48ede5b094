import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Client } from "pg";
import { failed, ok, together, type Check, type Outcome } from "../check.ts";
import { onDatabase, placeOf } from "../database.ts";

/** Beside src/ and dist/ alike. */
const FOLDER = fileURLToPath(new URL("../../../migrations", import.meta.url));

const CHANGED = ["select", "insert", "update"] as const;

/** What the app does with each table; `delete` where rows go. */
const TABLES = {
  instances: CHANGED,
  operations: CHANGED,
  idempotency_keys: [...CHANGED, "delete"],
  instance_events: ["select", "insert", "delete"],
} as const satisfies Record<string, readonly string[]>;

export const migrations: Check = {
  name: "migrations",
  about: "the metadata's tables are those of this version, and may be used",
  needs: ["metadata"],
  run: ({ database }, signal) =>
    onDatabase(database, signal, async (client) => {
      const files = (await readdir(FOLDER)).filter((name) => name.endsWith(".sql"));
      const wanted = files.map((name) => name.replace(/\.sql$/, "")).toSorted();
      const schema = judgeMigrations(wanted, await appliedOn(client));
      if (schema.status === "failed") return schema;
      return together([schema, judgeTables(placeOf(database).user, await deniedOn(client))]);
    }),
};

/** Undefined: nothing was ever migrated here, or the table may not be read. */
async function appliedOn(client: Client): Promise<readonly string[] | undefined> {
  const { rows: found } = await client.query<{ readable: boolean | null }>(
    "select has_table_privilege(to_regclass('migrations'), 'select') as readable",
  );
  if (found[0]?.readable !== true) return undefined;
  const { rows } = await client.query<{ name: string }>("select name from migrations");
  return rows.map(({ name }) => name);
}

const MIGRATE = "Run `npm run migrate`.";

export function judgeMigrations(
  wanted: readonly string[],
  applied: readonly string[] | undefined,
): Outcome {
  if (applied === undefined) {
    return failed(
      "the database was never migrated, or this role may not read the table migrations",
      `${MIGRATE} Where that was done as another role, grant this one the tables.`,
    );
  }
  const missing = wanted.filter((name) => !applied.includes(name));
  if (missing.length > 0) return failed(`not applied: ${missing.join(", ")}`, MIGRATE);
  const newer = applied.filter((name) => !wanted.includes(name));
  if (newer.length === 0) return ok(`all ${wanted.length} applied`);
  return ok(`all ${wanted.length} applied, and of a newer version ${newer.join(", ")}`);
}

/** `update operations` and the like. */
async function deniedOn(client: Client): Promise<readonly string[]> {
  const asked = Object.entries(TABLES).flatMap(([table, verbs]) =>
    verbs.map((verb) => ({ table, verb })),
  );
  const { rows } = await client.query<{ denied: string }>(
    `select verb || ' ' || name as denied
       from unnest($1::text[], $2::text[]) with ordinality as asked (name, verb, at)
      where has_table_privilege(to_regclass(name), verb) is not true
      order by at`,
    [asked.map(({ table }) => table), asked.map(({ verb }) => verb)],
  );
  return rows.map(({ denied }) => denied);
}

export function judgeTables(user: string, denied: readonly string[]): Outcome {
  if (denied.length === 0) return ok("its tables may be read and written");
  return failed(
    `role "${user}" may not ${denied.join(", ")}`,
    `Migrate as the role that the app signs in as, or grant it \`select, insert, update, delete\` on all tables of the schema.`,
  );
}
