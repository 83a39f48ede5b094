import { DomainError } from "../domain/errors.ts";

/** Where the metadata writes what users must not see: a noun and what happened to it, and flat facts. */
export interface MetadataLog {
  info(event: string, facts?: Readonly<Record<string, string | number | undefined>>): void;
  warn(event: string, facts?: Readonly<Record<string, string | number | undefined>>): void;
  error(event: string, facts?: Readonly<Record<string, string | number | undefined>>): void;
}

const UNAVAILABLE_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "ETIMEDOUT",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT",
  "57014", // statement_timeout
  "55P03", // lock_timeout
  "25P03", // idle_in_transaction_session_timeout
  "25006", // read-only: a standby before its promotion
  "3D000", // the database is not there (yet)
]);

/** SQLSTATE classes: connection, authorisation (a password being changed), resources, operator intervention. */
const UNAVAILABLE_CLASSES = ["08", "28", "53", "57P"];

/** OpenSSL's and Node's words for a certificate that proves nothing. */
const UNTRUSTED = /CERT|SIGNATURE|ISSUER|ALTNAME/;
const UNTRUSTED_ACTION =
  "Connect by the name that its certificate is for, and have its CA among those that Node.js trusts (`NODE_EXTRA_CA_CERTS`).";

/** What pg says without a code; its texts have no type of their own. */
const UNAVAILABLE_MESSAGE =
  /^(connection terminated|timeout exceeded when trying to connect|query read timeout|client has encountered a connection error|client was closed|cannot use a pool after|timeout expired)/i;

const UNIQUE: Readonly<Record<string, () => DomainError>> = {
  instances_live_name: () =>
    new DomainError(
      "name-taken",
      "an instance of this name exists already; choose another name, or delete that one first",
    ),
  instances_live_dns_label: () =>
    new DomainError(
      "dns-label-taken",
      "another instance has this DNS label already; choose another one",
    ),
};

const textOf = (error: unknown, key: string): string | undefined => {
  if (typeof error !== "object" || error === null) return undefined;
  const value: unknown = Reflect.get(error, key);
  return typeof value === "string" ? value : undefined;
};

/** True when the same work may succeed at once: the server chose it as the victim of a conflict. */
export function isConflict(error: unknown): boolean {
  const code = textOf(error, "code");
  return code === "40001" || code === "40P01";
}

export function isUnavailable(error: unknown): boolean {
  const code = textOf(error, "code");
  if (code === undefined) return UNAVAILABLE_MESSAGE.test(textOf(error, "message") ?? "");
  return UNAVAILABLE_CODES.has(code) || UNAVAILABLE_CLASSES.some((start) => code.startsWith(start));
}

/** True when the server lets this role, or this password, not in. */
export function isSignInRefusal(error: unknown): error is { readonly code: string } {
  return textOf(error, "code")?.startsWith("28") === true;
}

/** True when the server refused a statement and the connection still works. */
export function wasRefused(error: unknown): boolean {
  return /^[0-9A-Z]{5}$/.test(textOf(error, "code") ?? "") && textOf(error, "severity") === "ERROR";
}

export function metadataUnavailable(): DomainError {
  return new DomainError(
    "metadata-unavailable",
    "the metadata database does not answer; try again",
  );
}

/** It may pass, as while a password is being changed, so it is no more final than another outage. */
function misconfigured(error: unknown): DomainError | undefined {
  if (isSignInRefusal(error))
    return new DomainError(
      "metadata-unavailable",
      `the metadata database does not let the control plane in (${error.code})`,
      { details: { action: "Check user and password of `DATABASE_URL`." } },
    );
  if (textOf(error, "code") === "3D000")
    return new DomainError(
      "metadata-unavailable",
      "the server of the metadata has no database of that name",
      { details: { action: "Create it, then run `npm run migrate`." } },
    );
  return undefined;
}

/**
 * The one way out for what the driver throws. Its message and detail can hold values of the
 * statement, so neither is kept or logged: only codes and names that the schema gives.
 */
export function toDomainError(error: unknown, log: MetadataLog): DomainError {
  if (error instanceof DomainError) return error;
  const code = textOf(error, "code");
  const constraint = textOf(error, "constraint");
  const taken = code === "23505" && constraint !== undefined ? UNIQUE[constraint] : undefined;
  if (taken) return taken();
  const facts = {
    error: error instanceof Error ? error.name : typeof error,
    code,
    constraint,
    table: textOf(error, "table"),
    column: textOf(error, "column"),
    routine: textOf(error, "routine"),
  };
  if (isConflict(error) || isUnavailable(error)) {
    log.warn("metadata.unavailable", facts);
    return misconfigured(error) ?? metadataUnavailable();
  }
  if (code !== undefined && UNTRUSTED.test(code)) {
    log.error("metadata.unavailable", facts);
    return new DomainError(
      "metadata-unavailable",
      `the certificate of the metadata database is not to be trusted (${code})`,
      { details: { action: UNTRUSTED_ACTION } },
    );
  }
  log.error("metadata.failed", { ...facts, frames: framesOf(error) });
  return new DomainError(
    "internal",
    "the metadata database refused what it was asked; see the log",
  );
}

function framesOf(error: unknown): string {
  const lines = (textOf(error, "stack") ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return lines
    .slice(0, 10)
    .map((line) => line.trim())
    .join(" < ");
}
