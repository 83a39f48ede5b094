import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import fc from "fast-check";
import { DnsLabel, InstanceName, Namespace } from "../../../src/domain/instance.ts";
import { migrate } from "../../../src/metadata/migrate.ts";
import { withPostgres } from "../../support/postgres.ts";
import { codeOf, keptLog } from "./fixtures.ts";

// The oldest one at hand: what it takes, the newer ones take.
const server = withPostgres("16");

const ALL = ["0001_instances", "0002_repairs", "0003_timeline"];

async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe("migrate", () => {
  it("applies each file once, also when three processes start together", async () => {
    const { url } = await server.newDatabase();
    const log = keptLog();
    const together = await Promise.all([
      migrate({ url }, log),
      migrate({ url }, log),
      migrate({ url }, log),
    ]);
    expect(together.flat()).toEqual(ALL);
    expect(await migrate({ url }, log)).toEqual([]);
    expect(log.lines).toEqual(
      ALL.map((name) => JSON.stringify({ event: "migration.applied", name })),
    );
  });

  it("stops waiting for another process, with a sentence", async () => {
    const { url } = await server.newDatabase();
    await connected(url, async (other) => {
      await other.query("select pg_advisory_lock(7241865325823964)");
      await expect(migrate({ url }, keptLog(), { waitMs: 200 })).rejects.toMatchObject({
        code: "metadata-unavailable",
        message: expect.stringContaining("another process has been migrating") as string,
      });
    });
    expect(await migrate({ url }, keptLog())).toEqual(ALL);
  });

  it("leaves nothing of a file that failed, keeps those before it, and says why", async () => {
    const { url } = await server.newDatabase();
    const folder = await mkdtemp(join(tmpdir(), "toygres-migrations-"));
    try {
      await writeFile(join(folder, "0001_good.sql"), "create table good ();");
      await writeFile(join(folder, "0002_bad.sql"), "create table half (); create table good ();");
      await expect(migrate({ url }, keptLog(), { folder })).rejects.toMatchObject({
        code: "internal",
        message: expect.stringContaining('relation "good" already exists') as string,
      });
      const tables = await connected(url, (client) =>
        client.query("select to_regclass('good') as good, to_regclass('half') as half"),
      );
      expect(tables.rows).toEqual([{ good: "good", half: null }]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("says that the database does not answer", async () => {
    const url = "postgresql://postgres:hidden@127.0.0.1:1/postgres";
    expect(await codeOf(migrate({ url }, keptLog()))).toBe("metadata-unavailable");
  });
});

describe("the schema", () => {
  it("takes the names, labels and namespaces that the domain takes, and no others", async () => {
    const { url } = await server.newDatabase();
    await migrate({ url }, keptLog());
    await connected(url, async (client) => {
      await client.query("begin");
      const takes = async (column: string, value: string) => {
        const row = { name: "n", namespace: "n", dns_label: null, [column]: value };
        await client.query("savepoint before");
        const accepted = await client
          .query(
            `insert into instances (id, name, namespace, dns_label, k8s_name, postgres_version,
               storage_size_gb, use_load_balancer, allowed_cidrs)
             values (gen_random_uuid(), $1, $2, $3, 'pg', '18', 1, false, '{}')`,
            [row.name, row.namespace, row.dns_label],
          )
          .then(() => true)
          .catch(() => false);
        await client.query("rollback to before");
        return accepted;
      };
      const characters = fc.constantFrom("a", "z", "0", "9", "-", "A", "_", "é", "\n", ".");
      const texts = fc.oneof(
        fc.string({ unit: characters, maxLength: 5 }),
        fc.string({ unit: fc.constantFrom("a", "0", "-"), minLength: 38, maxLength: 65 }),
        fc.uuid(),
      );
      const columns = { name: InstanceName, namespace: Namespace, dns_label: DnsLabel } as const;
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom("name" as const, "namespace" as const, "dns_label" as const),
          texts,
          async (column, text) => {
            expect(await takes(column, text)).toBe(columns[column].safeParse(text).success);
          },
        ),
        { numRuns: 150 },
      );
    });
  });
});
