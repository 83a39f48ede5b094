import { Client } from "pg";
import { migrate } from "../../../src/metadata/migrate.ts";
import { silent } from "../../../src/durable/log.ts";

/** A metadata database whose clock is set from outside. */
export interface VirtualDatabase {
  /** Makes the database's functions of the present time give this moment. */
  setTime(at: number): Promise<void>;
  rows(sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Found before those of pg_catalog by whoever does not name the schema, as the metadata's SQL does not. */
const VIRTUAL_TIME = `
  create schema virtual;
  create table virtual.time (at timestamptz not null);
  insert into virtual.time values (pg_catalog.clock_timestamp());
  create function virtual.clock_timestamp() returns timestamptz stable language sql
    return (select at from virtual.time);
  create function virtual.statement_timestamp() returns timestamptz stable language sql
    return (select at from virtual.time);`;

/** The defaults of the migrated tables were bound to the functions that were there; these bind them again. */
const REBIND = `
  do $$ declare it record; begin
    for it in select table_name, column_name, column_default from information_schema.columns
      where table_schema = 'public' and column_default ~ '^(clock|statement)_timestamp\\(\\)$'
    loop
      execute format('alter table public.%I alter column %I set default virtual.%s',
        it.table_name, it.column_name, it.column_default);
    end loop;
  end $$;`;

/** Migrates an empty database and puts its time into the hands of a test. */
export async function openVirtualDatabase(url: string): Promise<VirtualDatabase> {
  await migrate({ url }, silent);
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  const { database } = client;
  await client.query(VIRTUAL_TIME);
  await client.query(REBIND);
  await client.query(
    `alter database ${client.escapeIdentifier(database ?? "")} set search_path = virtual, public, pg_catalog`,
  );
  let set = 0;
  return {
    async setTime(at) {
      if (at === set) return;
      set = at;
      await client.query("update virtual.time set at = $1", [new Date(at)]);
    },
    async rows(sql, values = []) {
      return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    },
    close: () => client.end(),
  };
}
