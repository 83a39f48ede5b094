import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { CONTROL_DATABASE, CONTROL_ROLE } from "../../../src/domain/bootstrap-sql.ts";
import type { Identity } from "../../../src/domain/identity.ts";
import { createIdentity } from "../../../src/identity/identity.ts";
import type { EntraAddress } from "../../../src/metadata/address.ts";
import { migrate } from "../../../src/metadata/migrate.ts";
import { connect, type Database } from "../../../src/metadata/pool.ts";
import { DATABASE_RESOURCE, startAzure, type AzureStandIn } from "../../support/azure/stand-in.ts";
import { startInstanceServer, type InstanceServer } from "../../support/instance-server.ts";
import { keptLog } from "../metadata/fixtures.ts";

/** A real PostgreSQL with TLS, where the password of the role is whatever token Entra last gave out. */
let server: InstanceServer;
let azure: AzureStandIn;
let folder: string;
let administrator: Client;
let database: Database | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "toygres-test-entra-"));
  azure = await startAzure(folder);
  server = await startInstanceServer("18");
  const { address, port, controlPassword } = server.target();
  administrator = new Client({
    ...{ host: address, port, user: CONTROL_ROLE, password: controlPassword },
    ...{ database: CONTROL_DATABASE, ssl: { ca: server.authority.caCertificate } },
  });
  await administrator.connect();
});

afterAll(async () => {
  await administrator.end();
  await server.stop();
  await azure.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => azure.reset());
afterEach(() => database?.close());

const SCOPE = `${DATABASE_RESOURCE}/.default`;

/** Until the next, this token is what lets the role in. */
async function letIn(token: string): Promise<void> {
  await administrator.query(`alter role ${CONTROL_ROLE} password '${token}'`);
}

function addressFor(identity: Identity, over: Partial<EntraAddress> = {}): EntraAddress {
  const { address, port } = server.target();
  return {
    ...{ host: address, port, name: CONTROL_DATABASE, user: CONTROL_ROLE, identity },
    ca: server.authority.caCertificate,
    ...over,
  };
}

function opened(address: EntraAddress): Database {
  database = connect({ address, poolSize: 4, log: keptLog() });
  return database;
}

/** Each on a connection of its own. */
const together = (it: Database) =>
  Promise.all(Array.from({ length: 4 }, () => it.run("select pg_sleep(0.05)")));

describe("the metadata with Entra", () => {
  it("is signed in to over TLS with a token as the password", async () => {
    const identity = createIdentity({ clientId: azure.clientId });
    await letIn(await identity.accessToken(SCOPE));

    const row = await opened(addressFor(identity)).first(
      (it) => it,
      "select current_user as role, ssl from pg_stat_ssl where pid = pg_backend_pid()",
    );
    expect(row).toEqual({ role: CONTROL_ROLE, ssl: true });
    expect(azure.issued).toHaveLength(1);
  });

  it("is signed in to with a new token by new connections, when the old one is refused", async () => {
    const identity = createIdentity({ clientId: azure.clientId });
    await letIn(await identity.accessToken(SCOPE));
    const pool = opened(addressFor(identity));
    await pool.run("select 1");

    await letIn("the-next-token");
    azure.behaviour.token = () => ({
      status: 200,
      body: { access_token: "the-next-token", expires_on: "4102444800", token_type: "Bearer" },
    });
    await together(pool);
    expect(azure.calls).toHaveLength(2);
  });

  it("says what is missing when the identity is no role, and asks for no token again and again", async () => {
    const identity = createIdentity({ clientId: azure.clientId });
    await letIn("another-token");
    const pool = opened(addressFor(identity));

    for (let call = 0; call < 5; call += 1) {
      await expect(pool.run("select 1")).rejects.toMatchObject({
        code: "metadata-unavailable",
        message: `the metadata database does not take the app's identity for role "${CONTROL_ROLE}"`,
        details: { action: expect.stringContaining("DATABASE_USER") },
      });
    }
    expect(azure.calls).toHaveLength(2);
  });

  it("says so when the token's endpoint gives none", async () => {
    const identity = createIdentity({ clientId: "99999999-0000-0000-0000-000000000000" });

    await expect(opened(addressFor(identity)).run("select 1")).rejects.toMatchObject({
      code: "sign-in-failed",
      message: `cannot sign in to ${DATABASE_RESOURCE}: this app has no such managed identity`,
    });
  });

  it("says that the token is what is missing when a connection does not come about for want of one", async () => {
    const identity = createIdentity({ clientId: azure.clientId });
    azure.behaviour.silent = true;

    await expect(opened(addressFor(identity)).run("select 1")).rejects.toMatchObject({
      code: "sign-in-failed",
      message: `cannot sign in to ${DATABASE_RESOURCE}: no token came within 15 s`,
    });
    azure.behaviour.silent = false;
  });

  it("is not talked to when its certificate is signed by somebody else", async () => {
    const identity = createIdentity({ clientId: azure.clientId });

    await expect(
      opened(addressFor(identity, { ca: undefined })).run("select 1"),
    ).rejects.toMatchObject({
      code: "metadata-unavailable",
      message: expect.stringMatching(
        /^the certificate of the metadata database is not to be trusted/,
      ),
    });
    // The token is sent after TLS only.
    expect(azure.calls).toEqual([]);
  });

  it("is migrated by the same identity, which is told the same", async () => {
    const identity = createIdentity({ clientId: azure.clientId });
    await letIn("another-token");
    await expect(migrate(addressFor(identity), keptLog())).rejects.toMatchObject({
      message: expect.stringContaining("does not take the app's identity"),
    });
  });
});
