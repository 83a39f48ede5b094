import { DomainError } from "./errors.ts";
import type { PostgresVersion } from "./instance.ts";

/** The control plane's role, the user's role, and the user's database. */
export const CONTROL_ROLE = "toygres";
export const APP_ROLE = "app";
export const APP_DATABASE = "app";
export const CONTROL_DATABASE = "postgres";

const base64 = "[A-Za-z0-9+/]+={0,2}";
const VERIFIER = new RegExp(String.raw`^SCRAM-SHA-256\$\d{4,7}:${base64}\$${base64}:${base64}$`);

/** True for what PostgreSQL stores in a password's place; nothing else may be put into SQL as one. */
export const isScramVerifier = (text: string): boolean => VERIFIER.test(text);

/** Keeps the session's statements out of the server's log, one a line. */
export const QUIET_LOG = `SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;`;

export interface BootstrapRoles {
  readonly postgresVersion: PostgresVersion;
  readonly controlVerifier: string;
  /** Absent: `app` cannot log in until a password is set. */
  readonly appVerifier?: string | undefined;
}

/** A verifier as an SQL literal: its grammar has no quote and no backslash, so nothing needs escaping. */
export function verifierLiteral(verifier: string): string {
  if (!isScramVerifier(verifier)) {
    throw new DomainError(
      "invalid-input",
      "a role's password must be given as a SCRAM-SHA-256 verifier",
    );
  }
  return `'${verifier}'`;
}

/**
 * What an instance's first start runs, in the database `postgres`, as the superuser of that name: one
 * statement a line. The verifiers stay out of the server's log, also when a statement fails.
 *
 * The control role works in `postgres`, because the user owns `app` and may drop it, and the right to
 * reload the configuration is kept in the database where it was given.
 */
export function initSql({ controlVerifier, appVerifier }: BootstrapRoles): string {
  const appPassword = appVerifier === undefined ? "" : ` PASSWORD ${verifierLiteral(appVerifier)}`;
  return `${QUIET_LOG}
CREATE ROLE ${CONTROL_ROLE} LOGIN CREATEROLE PASSWORD ${verifierLiteral(controlVerifier)};
GRANT pg_monitor TO ${CONTROL_ROLE};
GRANT EXECUTE ON FUNCTION pg_reload_conf() TO ${CONTROL_ROLE};
GRANT SET ON PARAMETER log_statement, log_min_error_statement, log_min_duration_statement TO ${CONTROL_ROLE};
CREATE ROLE ${APP_ROLE} LOGIN CREATEDB CREATEROLE${appPassword};
GRANT ${APP_ROLE} TO ${CONTROL_ROLE} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
CREATE DATABASE ${APP_DATABASE} OWNER ${APP_ROLE};
`;
}
