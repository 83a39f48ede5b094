import { Socket, isIPv6 } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import {
  CONTROL_DATABASE,
  CONTROL_ROLE,
  APP_ROLE,
  QUIET_LOG,
  verifierLiteral,
} from "../domain/bootstrap-sql.ts";
import type { Cluster } from "../domain/cluster.ts";
import { DomainError } from "../domain/errors.ts";
import type { ControlTarget, PostgresServers } from "../domain/postgres.ts";
import { ForwardedSocket } from "./forwarded-socket.ts";
import { serverError } from "./server-errors.ts";

export interface ServerOptions {
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** For targets that are reached through the cluster's API. */
  readonly forward: Cluster["forward"];
}

const DEFAULTS: ServerOptions = {
  connectTimeoutMs: 5_000,
  statementTimeoutMs: 5_000,
  forward: async () => {
    throw new DomainError("internal", "these servers were made without a way through the cluster");
  },
};

/** How long a server may take to say goodbye before its connection is cut. */
const GOODBYE_MS = 1_000;

interface Session {
  readonly query: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Of the certificate that the server showed. */
  readonly fingerprint: () => string;
}

const whereOf = ({ address, port, through }: ControlTarget): string => {
  if (through !== undefined) return `port ${port} of Pod "${through.name}"`;
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
};

function socketTo({ through, port }: ControlTarget, forward: Cluster["forward"]) {
  return through === undefined ? new Socket() : new ForwardedSocket(() => forward(through, port));
}

/** One connection as the control role; whatever address is dialled, the in-cluster name is what must be certified. */
async function inSession<T>(
  target: ControlTarget,
  { connectTimeoutMs, statementTimeoutMs, forward }: ServerOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  // Loaded here, so that a cold start that talks to no instance does not pay for it.
  const { Client } = await import("pg");
  let fingerprint = "";
  // Ours, so that it can be cut off when a silent server leaves `end` waiting.
  const socket = socketTo(target, forward);
  const client = new Client({
    host: target.address,
    port: target.port,
    user: CONTROL_ROLE,
    password: target.controlPassword,
    database: CONTROL_DATABASE,
    application_name: "toygres",
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: statementTimeoutMs,
    statement_timeout: statementTimeoutMs,
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
export function createPostgresServers(options: Partial<ServerOptions> = {}): PostgresServers {
  const limits = { ...DEFAULTS, ...options };
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
