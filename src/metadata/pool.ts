import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pool, PoolClient, PoolConfig } from "pg";
import { DomainError } from "../domain/errors.ts";
import {
  connectionOf,
  missingToken,
  refusedSignIn,
  renewal,
  type DatabaseAddress,
} from "./address.ts";
import {
  isConflict,
  isSignInRefusal,
  isUnavailable,
  metadataUnavailable,
  toDomainError,
  wasRefused,
  type MetadataLog,
} from "./errors.ts";

/** Reads one row; throws when it is not what the query promised. */
type Read<T> = (row: unknown) => T;

export interface Queries {
  rows<T>(read: Read<T>, sql: string, values?: readonly unknown[]): Promise<readonly T[]>;
  first<T>(read: Read<T>, sql: string, values?: readonly unknown[]): Promise<T | undefined>;
  /** How many rows were changed. */
  run(sql: string, values?: readonly unknown[]): Promise<number>;
}

/** The database, opened at its first use. Whatever fails is a DomainError when it gets out. */
export interface Database extends Queries {
  /** All or nothing; run again from its beginning when the server chose it as the victim of a conflict. */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  /** Runs `work` while one session holds the advisory lock; false when another one has it. */
  underLock(lock: Lock, work: () => Promise<void>): Promise<boolean>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly address: DatabaseAddress;
  readonly poolSize: number;
  readonly log: MetadataLog;
}

/** The two keys of an advisory lock, each a signed number of 32 bits. */
export type Lock = readonly [number, number];

/** First key of our advisory locks ("Toyg"), so that they meet no other program's. */
const LOCKS = 0x546f7967;
export const QUOTA_LOCK: Lock = [LOCKS, 1];
export const SWEEP_LOCK: Lock = [LOCKS, 2];

/** First key of the locks of namespaces ("Toyh"): the second one is made of a name, and can be any number. */
const NAMESPACE_LOCKS = 0x546f7968;

/** Two namespaces whose names come to one number are not looked through at the same moment, and no more. */
export const orphansLock = (namespace: string): Lock => [
  NAMESPACE_LOCKS,
  createHash("sha256").update(namespace).digest().readInt32BE(),
];

export const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** For a server that went away without a word; the statement's own limit answers first. */
const ANSWER_TIMEOUT_MS = 15_000;
const CONFLICT_ATTEMPTS = 5;

const settings = ({ address, poolSize }: DatabaseOptions): PoolConfig => ({
  ...connectionOf(address),
  // The sweep and the look for orphans keep a connection each for a lock while their work needs another.
  max: Math.max(3, poolSize),
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  statement_timeout: STATEMENT_TIMEOUT_MS,
  query_timeout: ANSWER_TIMEOUT_MS,
  idle_in_transaction_session_timeout: 2 * ANSWER_TIMEOUT_MS,
  idleTimeoutMillis: 30_000,
  keepAlive: true,
  // The server's side of it: a process that vanished must not hold the sweep's lock for the two hours of the default.
  options: "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3",
  allowExitOnIdle: true,
  application_name: "toygres",
});

async function open(options: DatabaseOptions): Promise<Pool> {
  // Loaded here, so that a cold start that needs no metadata does not pay for it.
  const { Pool } = await import("pg");
  const pool = new Pool(settings(options));
  // Without a listener, an idle connection that the server closes would end the process.
  pool.on("error", () => options.log.warn("metadata.connection-lost"));
  return pool;
}

function queriesOf(source: Pick<PoolClient, "query">): Queries {
  const run = async (sql: string, values: readonly unknown[] = []) =>
    source.query(sql, [...values]);
  return {
    async rows(read, sql, values) {
      return (await run(sql, values)).rows.map(read);
    },
    async first(read, sql, values) {
      const row: unknown = (await run(sql, values)).rows[0];
      return row === undefined ? undefined : read(row);
    },
    async run(sql, values) {
      return (await run(sql, values)).rowCount ?? 0;
    },
  };
}

async function inTransaction<T>(
  client: PoolClient,
  work: (queries: Queries) => Promise<T>,
): Promise<T> {
  await client.query("begin");
  try {
    const result = await work(queriesOf(client));
    await client.query("commit");
    return result;
  } catch (error) {
    // On a broken connection a rollback would only wait for its own time limit.
    if (error instanceof DomainError || wasRefused(error)) await client.query("rollback");
    throw error;
  }
}

/** Lends a connection and gives it back; one that may be broken is thrown away. */
async function lend<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const lost = () => undefined;
  // A connection that dies between two statements says so by an event that would end the process.
  client.on("error", lost);
  let reusable = false;
  try {
    const result = await work(client);
    reusable = true;
    return result;
  } catch (error) {
    reusable = error instanceof DomainError || wasRefused(error);
    throw error;
  } finally {
    client.off("error", lost);
    client.release(!reusable);
  }
}

async function holding(client: PoolClient, lock: Lock, work: () => Promise<void>) {
  const keys = [...lock];
  const { rows } = await client.query<{ mine: boolean }>(
    "select pg_try_advisory_lock($1, $2) as mine",
    keys,
  );
  if (rows[0]?.mine !== true) return false;
  await work();
  await client.query("select pg_advisory_unlock($1, $2)", keys);
  return true;
}

async function retrying<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isConflict(error) || attempt === CONFLICT_ATTEMPTS) throw error;
      await sleep(Math.random() * 20 * attempt);
    }
  }
}

/** As ours; with Entra a connection that does not come about may be for want of a token. */
async function explained(error: unknown, { address, log }: DatabaseOptions): Promise<DomainError> {
  const known = toDomainError(error, log);
  if (isSignInRefusal(error)) return refusedSignIn(address, error.code) ?? known;
  if (!isUnavailable(error)) return known;
  return (await missingToken(address)) ?? known;
}

export function connect(options: DatabaseOptions): Database {
  let opened: Promise<Pool> | undefined;
  let closed = false;

  const renewed = renewal(options.address);

  const signedIn = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      // Nothing was done: it was the connection that was refused.
      if (!isSignInRefusal(error) || !(await renewed())) throw error;
      return work();
    }
  };

  const guarded = async <T>(work: (pool: Pool) => Promise<T>): Promise<T> => {
    if (closed) throw metadataUnavailable();
    opened ??= open(options);
    try {
      const pool = await opened;
      return await signedIn(() => retrying(() => work(pool)));
    } catch (error) {
      throw await explained(error, options);
    }
  };

  return {
    rows: (read, sql, values) => guarded((pool) => queriesOf(pool).rows(read, sql, values)),
    first: (read, sql, values) => guarded((pool) => queriesOf(pool).first(read, sql, values)),
    run: (sql, values) => guarded((pool) => queriesOf(pool).run(sql, values)),
    transaction: (work) => guarded((pool) => lend(pool, (client) => inTransaction(client, work))),

    async underLock(lock, work) {
      let failure: { readonly error: unknown } | undefined;
      const held = await guarded((pool) =>
        lend(pool, (client) =>
          holding(client, lock, async () => {
            // What the work throws is its own, not the database's: it goes around the guard.
            await work().catch((error: unknown) => (failure = { error }));
          }),
        ),
      );
      if (failure) throw failure.error;
      return held;
    },

    async close() {
      if (closed) return;
      closed = true;
      await (await opened)?.end();
    },
  };
}
