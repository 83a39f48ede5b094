import { Client } from "pg";

/** All tables of the metadata database but PostgreSQL's own, the durable engine's among them, as `schema.table`. */
export async function tablesOf(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** How many rows each of the control plane's own tables has. */
export async function rowCounts(databaseUrl: string): Promise<Record<string, number>> {
  return connected(databaseUrl, async (client) => {
    const counts: Record<string, number> = {};
    for (const table of await tablesOf(client)) {
      const { rows } = await client.query<{ n: number }>(`select count(*)::int as n from ${table}`);
      counts[table] = rows[0]?.n ?? 0;
    }
    return counts;
  });
}

export async function connected<T>(
  databaseUrl: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
