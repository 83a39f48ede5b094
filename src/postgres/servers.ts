import { Socket, isIPv6 } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import pg from "pg";
import {
  CONTROL_DATABASE,
  CONTROL_ROLE,
  APP_ROLE,
  QUIET_LOG,
  verifierLiteral,
} from "../domain/bootstrap-sql.ts";
import type { ControlTarget, PostgresServers } from "../domain/postgres.ts";
import { serverError } from "./server-errors.ts";

export interface ServerLimits {
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

const DEFAULT_LIMITS: ServerLimits = { connectTimeoutMs: 5_000, statementTimeoutMs: 5_000 };

/** How long a server may take to say goodbye before its connection is cut. */
const GOODBYE_MS = 1_000;

interface Session {
  readonly query: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Of the certificate that the server showed. */
  readonly fingerprint: () => string;
}

const whereOf = ({ address, port }: ControlTarget): string =>
  isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;

/** One connection as the control role; whatever address is dialled, the in-cluster name is what must be certified. */
async function inSession<T>(
  target: ControlTarget,
  limits: ServerLimits,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  let fingerprint = "";
  // Ours, so that it can be cut off when a silent server leaves `end` waiting.
  const socket = new Socket();
  const client = new pg.Client({
    host: target.address,
    port: target.port,
    user: CONTROL_ROLE,
    password: target.controlPassword,
    database: CONTROL_DATABASE,
    application_name: "toygres",
    connectionTimeoutMillis: limits.connectTimeoutMs,
    query_timeout: limits.statementTimeoutMs,
    statement_timeout: limits.statementTimeoutMs,
    stream: () => socket,
    ssl: {
      ca: target.caCertificate,
      servername: target.serverName,
      minVersion: "TLSv1.2",
      rejectUnauthorized: true,
      checkServerIdentity: (_dialled: string, certificate: PeerCertificate) => {
        fingerprint = certificate.fingerprint256.replaceAll(":", "").toLowerCase();
        return checkServerIdentity(target.serverName, certificate);
      },
    },
  });
  // A server that dies between two steps emits here; the step that follows reports it.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work({
      query: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
      fingerprint: () => fingerprint,
    });
  } catch (error) {
    throw serverError(error, whereOf(target));
  } finally {
    const cut = setTimeout(() => socket.destroy(), GOODBYE_MS);
    await client.end().catch(() => undefined);
    clearTimeout(cut);
  }
}

/** Talks to the PostgreSQL of instances: a connection for each call, each within its time. */
export function createPostgresServers(limits: ServerLimits = DEFAULT_LIMITS): PostgresServers {
  return {
    async test(target) {
      const began = performance.now();
      return inSession(target, limits, async ({ query, fingerprint }) => {
        const [row] = await query("SELECT version()");
        return {
          version: String(row?.["version"]),
          latencyMs: Math.round(performance.now() - began),
          servedFingerprint: fingerprint(),
        };
      });
    },

    async setUserPassword(target, verifier) {
      const statement = `ALTER ROLE ${APP_ROLE} PASSWORD ${verifierLiteral(verifier)}`;
      await inSession(target, limits, async ({ query }) => {
        await query(QUIET_LOG);
        await query(statement);
      });
    },

    async reload(target) {
      await inSession(target, limits, ({ query }) => query("SELECT pg_reload_conf()"));
    },
  };
}
