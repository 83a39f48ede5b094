import { Client } from "pg";
import { migrate } from "../../../src/metadata/migrate.ts";
import { freePort, withPostgres } from "../../support/postgres.ts";
import { examine } from "./examine.ts";

const server = withPostgres();
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function migrated(): Promise<string> {
  const { url } = await server.newDatabase();
  await migrate({ url }, log);
  return url;
}

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function as(url: string, user: string, password: string): string {
  return Object.assign(new URL(url), { username: user, password }).href;
}

describe("the metadata", () => {
  it("that is migrated gives nothing to fix", async () => {
    const { of } = await examine({
      DATABASE_URL: await migrated(),
      CONTROL_PLANE_CIDRS: "127.0.0.1/32",
    });

    expect(of("metadata")).toEqual({
      status: "ok",
      found: expect.stringMatching(
        /^PostgreSQL 18.*; without TLS, on this machine; clock of the metadata agrees$/,
      ),
    });
    expect(of("migrations")).toEqual({
      status: "ok",
      found: expect.stringMatching(/^all \d+ applied; its tables may be read and written$/),
    });
    expect(of("egress")).toEqual({
      status: "ok",
      found: "seen as 127.0.0.1, within CONTROL_PLANE_CIDRS",
    });
  });

  it("that was never migrated is told, and what migrates it", async () => {
    const { url } = await server.newDatabase();
    const { of, code } = await examine({ DATABASE_URL: url });

    expect(code).toBe(1);
    expect(of("metadata")).toMatchObject({ status: "ok" });
    expect(of("migrations")).toMatchObject({
      status: "failed",
      found: expect.stringContaining("never migrated"),
      fix: expect.stringContaining("`npm run migrate`"),
    });
  });

  it("that lacks the newest migration is told which", async () => {
    const url = await migrated();
    await run(url, "delete from migrations where name like '0003%'");

    expect((await examine({ DATABASE_URL: url })).of("migrations")).toEqual({
      status: "failed",
      found: "not applied: 0003_timeline",
      fix: "Run `npm run migrate`.",
    });
  });

  it("whose tables the role may not write is told which, and as which role", async () => {
    const url = await migrated();
    await run(
      url,
      "create role reader login password 'canary'; grant select on all tables in schema public to reader",
    );

    expect((await examine({ DATABASE_URL: as(url, "reader", "canary") })).of("migrations")).toEqual(
      {
        status: "failed",
        found:
          'role "reader" may not insert instances, update instances, insert operations, update operations, insert idempotency_keys, update idempotency_keys, delete idempotency_keys, insert instance_events, delete instance_events; all 3 applied',
        fix: expect.stringContaining("Migrate as the role that the app signs in as"),
      },
    );
  });

  it.each([
    ["a wrong password", (url: string) => as(url, "postgres", "canary"), /let user "postgres" in/],
    ["a database that is not there", (url: string) => `${url}_not`, /the database does not exist/],
  ])("with %s is refused, and the password is not shown", async (_what, wrong, found) => {
    const { url } = await server.newDatabase();
    const { of, text } = await examine({ DATABASE_URL: wrong(url) });

    expect(of("metadata")).toMatchObject({
      status: "failed",
      found: expect.stringMatching(found),
    });
    expect(of("egress")).toEqual({ status: "skipped", found: "needs metadata" });
    expect(text).not.toContain("canary");
    expect(text).not.toContain(new URL(url).password);
  });

  it("that is down is told with its address", async () => {
    const port = await freePort();
    const { of } = await examine({
      DATABASE_URL: `postgres://toygres:x@127.0.0.1:${port}/toygres`,
    });

    expect(of("metadata")).toEqual({
      status: "failed",
      found: `127.0.0.1:${port}: nothing listens there`,
      fix: "Start the server, or correct its address in `DATABASE_URL` or `DATABASE_HOST`.",
    });
  });
});
