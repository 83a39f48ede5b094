import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { createMetadata } from "../../../src/metadata/metadata.ts";
import { connect } from "../../../src/metadata/pool.ts";
import { reader } from "../../../src/metadata/rows.ts";
import { freePort, withPostgres } from "../../support/postgres.ts";
import { codeOf, createRequest, keptLog, newStore, VERIFIER } from "./fixtures.ts";

const server = withPostgres();
const PASSWORD = "hidden-in-the-url";

/** Processes of a killed server answer until they notice: the first refusal counts. */
async function firstRefusal(call: () => Promise<unknown>): Promise<unknown> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    try {
      await call();
    } catch (error) {
      return error;
    }
    await sleep(20);
  }
  throw new Error("still answered 10 s after the server was killed");
}

describe("the store", () => {
  it("says that the database is gone, and works again when it is back", async () => {
    const store = await newStore(server, 5);
    try {
      const request = createRequest();
      await store.catalog.requestCreate(request);
      // All connections of the pool are idle now, or in the middle of something.
      await Promise.all(Array.from({ length: 10 }, () => store.catalog.ping()));
      const busy = Array.from({ length: 10 }, () =>
        codeOf(store.catalog.requestCreate(createRequest())),
      );
      await server.kill9();
      const caught = await Promise.all(busy);
      expect(
        caught.filter((it) => it !== "metadata-unavailable" && typeof it === "string"),
      ).toEqual([]);
      for (const call of [
        () => store.catalog.ping(),
        () => store.catalog.findInstance(request.instanceId),
        () => store.catalog.requestCreate(createRequest()),
        () => store.ledger.assertWanted(request.instanceId, request.operationId),
        () => store.watch.exclusively(async () => undefined),
      ]) {
        expect(await firstRefusal(call)).toMatchObject({
          code: "metadata-unavailable",
          retryable: true,
          message: "the metadata database does not answer; try again",
        });
      }
      await server.restart();
      expect(await store.catalog.findInstance(request.instanceId)).toMatchObject({
        state: "creating",
      });
      expect(await codeOf(store.catalog.requestCreate(createRequest()))).toMatchObject({
        replayed: false,
      });
      expect(store.log.lines.join("\n")).not.toContain(VERIFIER);
    } finally {
      await store.close();
    }
  });

  it("keeps password and parameters out of errors and logs", async () => {
    const log = keptLog();
    const port = await freePort();
    const urls = [
      `postgresql://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
      `postgresql://postgres:${PASSWORD}@127.0.0.1:${server.port}/postgres`,
      `postgresql://postgres:${PASSWORD}@127.0.0.1:no-port/postgres`,
    ];
    const errors: unknown[] = [];
    for (const databaseUrl of urls) {
      const metadata = createMetadata({ address: { url: databaseUrl }, poolSize: 2, log });
      await metadata.catalog.ping().catch((error: unknown) => errors.push(error));
      await metadata.close();
    }
    const store = await newStore(server);
    const refused = createRequest({}, { passwordVerifier: "not-a-verifier" });
    await store.catalog.requestCreate(refused).catch((error: unknown) => errors.push(error));
    const { ...event } = { instanceId: "no-uuid-but-secret", type: "x", message: "y" };
    await store.catalog.recordEvent(event).catch((error: unknown) => errors.push(error));
    await store.close();

    expect(errors).toMatchObject([
      { code: "metadata-unavailable" },
      { code: "metadata-unavailable" },
      { code: "internal" },
      { code: "internal" },
      { code: "internal" },
    ]);
    const said = errors.map(
      (error) => `${String(error)} ${JSON.stringify(error)} ${stackOf(error)}`,
    );
    const all = [...said, ...log.lines, ...store.log.lines].join("\n");
    for (const secret of [PASSWORD, "not-a-verifier", "no-uuid-but-secret"]) {
      expect(all).not.toContain(secret);
    }
    expect(all).toContain("instances_password_is_a_verifier");
  });

  it("opens no connection before its first use, and none after it was closed", async () => {
    const store = await newStore(server);
    const sessions = () =>
      store.sql(
        `select pid from pg_stat_activity
         where application_name = 'toygres' and datname = current_database()`,
      );
    expect(await sessions()).toEqual([]);
    await store.catalog.ping();
    expect(await sessions()).toHaveLength(1);
    await store.close();
    await store.close();
    expect(await codeOf(store.catalog.ping())).toBe("metadata-unavailable");
  });
});

describe("a server that answers, and lets nobody in", () => {
  it.each([
    {
      what: "for a wrong password",
      change: (url: URL) => (url.password = PASSWORD),
      message: "the metadata database does not let the control plane in (28P01)",
      action: "Check user and password of `DATABASE_URL`.",
    },
    {
      what: "for want of the database",
      change: (url: URL) => (url.pathname = "/nowhere"),
      message: "the server of the metadata has no database of that name",
      action: "Create it, then run `npm run migrate`.",
    },
  ])("says so, $what, and without what it was given", async ({ change, message, action }) => {
    const url = new URL((await server.newDatabase()).url);
    change(url);
    const log = keptLog();
    const store = createMetadata({ address: { url: url.href }, poolSize: 1, log });
    try {
      const error: unknown = await store.catalog.ping().catch((it: unknown) => it);
      expect(error).toMatchObject({ code: "metadata-unavailable", message, details: { action } });
      expect(JSON.stringify([log, error, stackOf(error)])).not.toContain(url.password);
    } finally {
      await store.close();
    }
  });
});

describe("a transaction", () => {
  it("is run again when the server chose it as the victim of a deadlock", async () => {
    const { url } = await server.newDatabase();
    const log = keptLog();
    const database = connect({ address: { url }, poolSize: 4, log });
    const lockOf = reader(z.object({ taken: z.literal("") }).transform(() => true));
    const take = "select pg_advisory_xact_lock($1)::text as taken";
    let attempts = 0;
    const both = (first: number, second: number) =>
      database.transaction(async (queries) => {
        attempts += 1;
        await queries.first(lockOf, take, [first]);
        // Enough for the other one to take its first lock; without it, there is only no conflict.
        await sleep(attempts > 2 ? 0 : 100);
        return queries.first(lockOf, take, [second]);
      });
    try {
      expect(await Promise.all([both(1, 2), both(2, 1)])).toEqual([true, true]);
      expect(attempts).toBe(3);
    } finally {
      await database.close();
    }
  });

  it("leaves nothing of what failed, and its connection is used again", async () => {
    const { url } = await server.newDatabase();
    const database = connect({ address: { url }, poolSize: 2, log: keptLog() });
    const pidOf = reader(z.object({ pid: z.int() }).transform(({ pid }) => pid));
    const pid = () => database.first(pidOf, "select pg_backend_pid() as pid");
    try {
      await database.run("create table kept (n integer primary key)");
      const before = await pid();
      const twice = database.transaction(async (queries) => {
        await queries.run("insert into kept values (1)");
        await queries.run("insert into kept values (1)");
      });
      expect(await codeOf(twice)).toBe("internal");
      expect(await database.run("select n from kept")).toBe(0);
      expect(await pid()).toBe(before);
    } finally {
      await database.close();
    }
  });
});

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? "") : "");
