import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import type { PostgresMajor } from "../../local/postgres/binaries.ts";
import { initDataDirectory } from "../../local/postgres/data-directory.ts";
import { giveTo, placeData, serverUser } from "../../local/postgres/server-user.ts";
import { startServer, type RunningServer } from "../../local/postgres/server.ts";
import { initSql } from "../../src/domain/bootstrap-sql.ts";
import { inClusterName } from "../../src/domain/names.ts";
import type { CertificateAuthority, ControlTarget } from "../../src/domain/postgres.ts";
import { createCertificates } from "../../src/postgres/certificates.ts";
import { passwords } from "../../src/postgres/passwords.ts";
import { freePort } from "./postgres.ts";

const HBA = `local   all all      scram-sha-256
hostssl all postgres all reject
hostssl all all all  scram-sha-256
`;

export const ref = {
  instanceId: "1a2b3c4d-0000-4000-8000-000000000000",
  namespace: "toygres",
  instanceName: "orders",
};

/** A server as an instance has it (roles, TLS, pg_hba), without a cluster around it. */
export interface InstanceServer {
  target(): ControlTarget;
  readonly authority: CertificateAuthority;
  /** Rewrites the served certificate's files; the server reads them on reload. */
  writeCertificate(dnsNames: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startInstanceServer(
  major: PostgresMajor,
  appVerifier?: string,
): Promise<InstanceServer> {
  const folder = await mkdtemp(join(tmpdir(), "toygres-test-instance-"));
  const place = await placeData(serverUser(), folder);
  const path = (name: string): string => join(place.path, name);
  const [superPassword, controlPassword] = [randomBytes(12).toString("hex"), passwords.generate()];
  const certificates = createCertificates();
  const authority = await certificates.newAuthority(ref);

  const give = async (name: string, text: string): Promise<void> => {
    await writeFile(path(name), text, { mode: 0o600 });
    await giveTo(serverUser(), path(name));
  };
  const writeCertificate = async (dnsNames: readonly string[]): Promise<void> => {
    const issued = await certificates.issue(authority, { dnsNames, addresses: ["127.0.0.1"] });
    await give("tls.crt", issued.certificate);
    await give("tls.key", issued.key);
  };

  const common = { major, dataDirectory: path("pgdata"), host: "127.0.0.1" } as const;
  await initDataDirectory({
    ...common,
    superuser: "postgres",
    password: superPassword,
    args: ["--no-sync"],
  });
  await give("pg_hba.conf", HBA);
  await writeCertificate([inClusterName(ref)]);

  const start = async (settings: Record<string, string>): Promise<RunningServer> =>
    startServer({ ...common, port: await freePort(), settings, detached: false });

  const bare = await start({ fsync: "off" });
  const superuser = new Client({
    host: bare.host,
    port: bare.port,
    user: "postgres",
    password: superPassword,
    database: "postgres",
  });
  await superuser.connect();
  const sql = initSql({
    postgresVersion: major,
    controlVerifier: await passwords.verifier(controlPassword),
    appVerifier,
  });
  for (const statement of sql.trim().split("\n")) await superuser.query(statement);
  await superuser.end();
  await bare.stop();

  const server = await start({
    fsync: "off",
    ssl: "on",
    ssl_cert_file: path("tls.crt"),
    ssl_key_file: path("tls.key"),
    ssl_min_protocol_version: "TLSv1.2",
    hba_file: path("pg_hba.conf"),
    log_statement: "all",
  });
  return {
    authority,
    writeCertificate,
    target: () => ({
      address: server.host,
      port: server.port,
      serverName: inClusterName(ref),
      caCertificate: authority.caCertificate,
      controlPassword,
    }),
    async stop() {
      await server.stop();
      await rm(place.path, { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    },
  };
}
