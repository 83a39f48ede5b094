import { fileURLToPath } from "node:url";
import { DomainError } from "../domain/errors.ts";
import { connectionOf, refusedSignIn, type DatabaseAddress } from "./address.ts";
import {
  isSignInRefusal,
  isUnavailable,
  metadataUnavailable,
  toDomainError,
  type MetadataLog,
} from "./errors.ts";
import { CONNECT_TIMEOUT_MS } from "./pool.ts";

/** Beside src/ and dist/ alike. */
const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));
const WAIT_MS = 60_000;

export interface MigrateOptions {
  /** How long to wait for another process that migrates. */
  readonly waitMs?: number;
  readonly folder?: string;
}

/**
 * Brings the schema up to date and says which files that took: each in a transaction of its own, all under
 * the library's advisory lock, so that a second process waits and then finds nothing to do.
 */
export async function migrate(
  address: DatabaseAddress,
  log: MetadataLog,
  { waitMs = WAIT_MS, folder = MIGRATIONS }: MigrateOptions = {},
): Promise<readonly string[]> {
  const [{ Client }, { runner }] = await Promise.all([import("pg"), import("node-pg-migrate")]);
  try {
    const client = new Client({
      ...connectionOf(address),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      // Bounds the wait for the advisory lock, too.
      lock_timeout: waitMs,
      application_name: "toygres-migrate",
    });
    // Said by the statement that it interrupts; without a listener it would end the process.
    client.on("error", () => undefined);
    try {
      await client.connect();
      const applied = await runner({
        dbClient: client,
        dir: folder,
        direction: "up",
        migrationsTable: "migrations",
        singleTransaction: false,
        advisoryLockMode: "wait",
        logger: quiet(log),
      });
      const names = applied.map(({ name }) => name);
      for (const name of names) log.info("migration.applied", { name });
      return names;
    } finally {
      await client.end().catch(() => undefined);
    }
  } catch (error) {
    throw refusal(error, address, waitMs, log);
  }
}

function refusal(
  error: unknown,
  address: DatabaseAddress,
  waitMs: number,
  log: MetadataLog,
): DomainError {
  if (error instanceof DomainError) return error;
  if (codeOf(error) === "55P03") {
    const message = `another process has been migrating the metadata database for ${waitMs / 1000} s; wait for it, or end it, and try again`;
    return new DomainError("metadata-unavailable", message);
  }
  const signIn = isSignInRefusal(error) ? refusedSignIn(address, error.code) : undefined;
  if (signIn !== undefined) return signIn;
  if (isUnavailable(error)) return metadataUnavailable();
  const { code } = toDomainError(error, log);
  const text = error instanceof Error ? error.message : String(error);
  return new DomainError(code, `the metadata database could not be migrated: ${text}`);
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error ? Reflect.get(error, "code") : undefined;

/** The library tells each file twice; what was applied is logged once, afterwards. */
const quiet = (log: MetadataLog) => ({
  info: () => undefined,
  warn: (message: string) => log.warn("migration.warned", { message }),
  error: () => undefined,
});
