import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { initDataDirectory } from "../../../local/postgres/data-directory.ts";
import { startServer } from "../../../local/postgres/server.ts";
import { giveTo, placeData, serverUser } from "../../../local/postgres/server-user.ts";
import { migrate } from "../../../src/metadata/migrate.ts";
import { createCertificates } from "../../../src/postgres/certificates.ts";

const ADMINISTRATOR = "administrator";

export interface EntraDatabase {
  readonly host: string;
  /** Of the server's certificate. */
  readonly ca: string;
  readonly role: string;
  /** The token that lets the role in from now on. */
  letIn(token: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The metadata database as Azure has it: port 5432, TLS only, and an access token for the role's password. Which token
 * counts is told by the test; here it is the password that PostgreSQL knows.
 */
export async function startEntraDatabase(folder: string, host: string): Promise<EntraDatabase> {
  const role = "toygres-app";
  const place = await placeData(serverUser(), folder);
  const path = (name: string): string => join(place.path, name);
  const password = randomBytes(12).toString("hex");
  const common = { major: "18", dataDirectory: path("pgdata"), host, port: 5432 } as const;
  await initDataDirectory({
    ...common,
    superuser: ADMINISTRATOR,
    password,
    args: ["--no-sync"],
  });
  const certificates = createCertificates();
  const authority = await certificates.newAuthority({
    ...{ instanceId: "metadata", namespace: "azure", instanceName: "metadata" },
  });
  const issued = await certificates.issue(authority, { dnsNames: [], addresses: [host] });
  const files = {
    "tls.crt": issued.certificate,
    "tls.key": issued.key,
    "pg_hba.conf": "hostssl all all all scram-sha-256\n",
  };
  for (const [name, contents] of Object.entries(files)) {
    await writeFile(path(name), contents, { mode: 0o600 });
    await giveTo(serverUser(), path(name));
  }
  const server = await startServer({
    ...common,
    detached: false,
    settings: {
      ...{ fsync: "off", ssl: "on", ssl_cert_file: path("tls.crt"), ssl_key_file: path("tls.key") },
      hba_file: path("pg_hba.conf"),
    },
  });
  const ssl = { ca: authority.caCertificate };
  const administrator = new Client({
    ...{ host, port: 5432, user: ADMINISTRATOR, password, database: "postgres", ssl },
  });
  await administrator.connect();
  await administrator.query(`create role "${role}" login`);
  await administrator.query(`create database toygres owner "${role}"`);
  const letIn = async (token: string): Promise<void> => {
    await administrator.query(`alter role "${role}" password '${token}'`);
  };
  await letIn("for-the-migration");
  const nothing = (): void => undefined;
  await migrate(
    {
      ...{ host, name: "toygres", user: role, ca: authority.caCertificate },
      identity: {
        accessToken: async () => "for-the-migration",
        renew: async () => undefined,
        credential: { getToken: async () => null },
      },
    },
    { info: nothing, warn: nothing, error: nothing },
  );
  return {
    host,
    ca: authority.caCertificate,
    role,
    letIn,
    async stop() {
      await administrator.end();
      await server.stop();
    },
  };
}
