import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Client } from "pg";
import { DomainError } from "../../../src/domain/errors.ts";
import type { ControlTarget } from "../../../src/domain/postgres.ts";
import { passwordFault } from "../../../src/domain/password-rules.ts";
import { inClusterName } from "../../../src/domain/names.ts";
import { createCertificates } from "../../../src/postgres/certificates.ts";
import { passwords } from "../../../src/postgres/passwords.ts";
import { createPostgresServers } from "../../../src/postgres/servers.ts";
import { freePort } from "../../support/postgres.ts";
import { ref, startInstanceServer, type InstanceServer } from "../../support/instance-server.ts";

const FIRST_PASSWORD = "correct horse battery staple";
const servers = createPostgresServers();
let instance: InstanceServer;

beforeAll(async () => {
  instance = await startInstanceServer("18", await passwords.verifier(FIRST_PASSWORD));
});
afterAll(async () => {
  await instance.stop();
});

/** One query as the user, as any client would do it: verify-full against the instance's CA. */
async function asUser<T>(
  password: string,
  ask: (client: Client) => Promise<T>,
  changes: object = {},
): Promise<T> {
  const { address, port, caCertificate } = instance.target();
  const client = new Client({
    host: address,
    port,
    user: "app",
    password,
    database: "app",
    connectionTimeoutMillis: 5_000,
    ssl: { ca: caCertificate },
    ...changes,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}

const whoAmI = async (client: Client): Promise<unknown> =>
  (await client.query<{ who: string }>("SELECT current_user AS who")).rows[0]?.who;

async function failureOf(act: Promise<unknown>): Promise<DomainError> {
  const error = await act.catch((it: unknown) => it);
  if (error instanceof DomainError) return error;
  throw new Error("expected a DomainError", { cause: error });
}

describe("the user's password", () => {
  it.each([
    `quote' double" back\\slash`,
    "user:pass/word@host#frag%20 ?&=",
    "$1 $$ ; -- /* comment */",
    "emoji 😀 between words 🐘",
    "café au lait composed",
    "cafe\u0301 au lait decomposed",
    "soft\u00adhyphen in the middle",
    "narrow\u200bspace and\u00a0no-break",
    "مرحبامرحبامرحبا",
    "ﬁligree without emoji",
    "x".repeat(128),
    "😀".repeat(128),
  ])("%j is accepted, set, and logs in", async (password) => {
    expect(passwordFault(password)).toBeUndefined();

    await servers.setUserPassword(instance.target(), await passwords.verifier(password));

    expect(await asUser(password, whoAmI)).toBe("app");
    await expect(asUser(`${password}x`, whoAmI)).rejects.toMatchObject({ code: "28P01" });
  });
});

describe("a session of the control role", () => {
  it("tells the version, the time it took and which certificate was served", async () => {
    const answer = await servers.test(instance.target());

    expect(answer.version).toMatch(/^PostgreSQL 18\./);
    expect(answer.latencyMs).toBeGreaterThan(0);
    expect(answer.servedFingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it("makes the server serve a new certificate by a reload", async () => {
    const before = (await servers.test(instance.target())).servedFingerprint;
    await instance.writeCertificate([inClusterName(ref), "orders.example.com"]);
    await servers.reload(instance.target());

    // The signal is sent at once, but read by the server when it likes.
    const deadline = Date.now() + 5_000;
    let after = before;
    while (after === before && Date.now() < deadline) {
      after = (await servers.test(instance.target())).servedFingerprint;
    }
    expect(after).not.toBe(before);
  });

  const refusals: readonly (readonly [
    string,
    () => Promise<Partial<ControlTarget>>,
    readonly [string, string],
  ])[] = [
    [
      "a wrong password",
      async () => ({ controlPassword: "not the password" }),
      ["instance-refused", "password is not accepted"],
    ],
    [
      "another instance's CA",
      async () => ({
        caCertificate: (await createCertificates().newAuthority(ref)).caCertificate,
      }),
      ["instance-unreachable", "own CA"],
    ],
    [
      "a certificate for another name",
      async () => ({ serverName: "pg-other-99999999.toygres.svc" }),
      ["instance-unreachable", "for another name"],
    ],
    [
      "a port where nothing listens",
      async () => ({ port: await freePort() }),
      ["instance-unreachable", "nothing listens there"],
    ],
  ];
  it.each(refusals)("ends with a reason at %s", async (_what, change, [code, reason]) => {
    const target = { ...instance.target(), ...(await change()) };

    const error = await failureOf(servers.test(target));

    expect(error.code).toBe(code);
    expect(error.message).toContain(reason);
    expect(JSON.stringify(error.toEnvelope())).not.toContain(target.controlPassword);
  });

  it("gives up on a server that says nothing, within its time", async () => {
    const sockets = new Set<Socket>();
    const silent: Server = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const hasty = createPostgresServers({ connectTimeoutMs: 200, statementTimeoutMs: 200 });
    const began = performance.now();

    const error = await failureOf(hasty.test({ ...instance.target(), port }));

    expect(error.code).toBe("instance-unreachable");
    expect(error.message).toContain("does not answer in time");

    expect(performance.now() - began).toBeLessThan(2_000);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe("the roles of an instance", () => {
  beforeAll(async () => {
    await servers.setUserPassword(instance.target(), await passwords.verifier(FIRST_PASSWORD));
  });

  it("let app own its database, and be no superuser", async () => {
    const rows = await asUser(FIRST_PASSWORD, async (client) => {
      await client.query("CREATE TABLE IF NOT EXISTS t (n int)");
      await client.query("CREATE EXTENSION IF NOT EXISTS pgcrypto");
      return (
        await client.query<object>(
          "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = 'app'",
        )
      ).rows;
    });

    expect(rows).toEqual([{ rolsuper: false, rolcreatedb: true, rolcreaterole: true }]);
  });

  it.each([
    "ALTER ROLE toygres PASSWORD 'stolen'",
    "DROP ROLE toygres",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "SET ROLE toygres",
    "SELECT pg_reload_conf()",
  ])("refuse app %j", async (statement) => {
    await expect(asUser(FIRST_PASSWORD, (client) => client.query(statement))).rejects.toMatchObject(
      { code: "42501" },
    );
  });

  it("keep the superuser and plain TCP off the network", async () => {
    await expect(asUser(FIRST_PASSWORD, whoAmI, { ssl: false })).rejects.toMatchObject({
      code: "28000",
    });
    await expect(asUser(FIRST_PASSWORD, whoAmI, { user: "postgres" })).rejects.toMatchObject({
      code: "28000",
    });
  });

  it("let the control role work on when the user dropped the database app", async () => {
    await asUser(FIRST_PASSWORD, (client) => client.query("DROP DATABASE app"), {
      database: "postgres",
    });

    await servers.reload(instance.target());
    await asUser(FIRST_PASSWORD, (client) => client.query("CREATE DATABASE app"), {
      database: "postgres",
    });
  });
});
