import { Pool } from "pg";
import { DomainError } from "toygres";
import { Tenant, type TenantStore } from "./tenant.ts";

const TIME_LIMIT_MS = 5_000;

/** Makes the table at the first use: two processes that do so at once are serialised by the lock. */
const TABLE = `
  select pg_advisory_xact_lock(hashtext('tenants'));
  create table if not exists tenants (
    tenant text primary key,
    app uuid not null,
    reports uuid not null,
    recorded_at timestamptz not null default statement_timestamp()
  )`;

/** Tenants in a PostgreSQL database, beside the metadata of Toygres. */
export function postgresStore(databaseUrl: string): TenantStore {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 2,
    connectionTimeoutMillis: TIME_LIMIT_MS,
    query_timeout: TIME_LIMIT_MS,
  });
  // A connection that is lost while idle is replaced by the next query.
  pool.on("error", () => undefined);
  let ready: Promise<unknown> | undefined;

  async function query(text: string, values: readonly string[]): Promise<readonly unknown[]> {
    try {
      ready ??= pool.query(TABLE);
      await ready;
      const { rows } = await pool.query<Record<string, unknown>>(text, [...values]);
      return rows;
    } catch (error) {
      ready = undefined;
      // The driver's own text stays behind: it can name hosts and values.
      throw new DomainError("metadata-unavailable", "the tenants' database does not answer", {
        cause: error,
      });
    }
  }

  return {
    async record({ tenant, app, reports }) {
      const rows = await query(
        `insert into tenants (tenant, app, reports) values ($1, $2, $3)
         on conflict (tenant) do update set recorded_at = tenants.recorded_at
           where tenants.app = excluded.app and tenants.reports = excluded.reports
         returning tenant`,
        [tenant, app, reports],
      );
      return rows.length === 1;
    },
    async forget({ tenant, app, reports }) {
      await query("delete from tenants where tenant = $1 and app = $2 and reports = $3", [
        tenant,
        app,
        reports,
      ]);
    },
    async find(tenant) {
      const rows = await query("select tenant, app, reports from tenants where tenant = $1", [
        tenant,
      ]);
      return Tenant.optional().parse(rows[0]);
    },
    close: () => pool.end(),
  };
}
