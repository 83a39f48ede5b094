import type { Client } from "pg";
import { connectionOf, refusedSignIn, type DatabaseAddress } from "../metadata/address.ts";
import { isSignInRefusal, toDomainError } from "../metadata/errors.ts";
import { failed, failureOf, networkCode, type Outcome } from "./check.ts";

/** Where the database is, as it may be shown: never the password. */
export function placeOf(address: DatabaseAddress): {
  readonly host: string;
  readonly port: number;
  readonly user: string;
} {
  if (!("url" in address)) {
    const { host, port = 5432, user } = address;
    return { host, port, user };
  }
  const url = new URL(address.url);
  return {
    // Brackets are those of an IPv6 address in a URL; without a host, pg goes to this machine.
    host: url.hostname.replace(/^\[(.*)\]$/, "$1") || "localhost",
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
  };
}

/** Runs `work` on a connection of its own; what goes wrong is an outcome. */
export async function onDatabase(
  address: DatabaseAddress,
  signal: AbortSignal,
  work: (client: Client) => Promise<Outcome>,
): Promise<Outcome> {
  const pg = await import("pg");
  const client = new pg.Client({
    ...connectionOf(address),
    connectionTimeoutMillis: 5_000,
    statement_timeout: 5_000,
    query_timeout: 7_000,
    application_name: "toygres-doctor",
  });
  // Said by the statement that it interrupts; without a listener it would end the process.
  client.on("error", () => undefined);
  const stop = (): void => void client.end().catch(() => undefined);
  signal.addEventListener("abort", stop, { once: true });
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    return judgeDatabaseError(error, address);
  } finally {
    signal.removeEventListener("abort", stop);
    await client.end().catch(() => undefined);
  }
}

const START = "Start the server, or correct its address in `DATABASE_URL` or `DATABASE_HOST`.";
const NETWORK =
  "Let this machine reach the server: its firewall rules, on Azure also whether it is private to a virtual network.";

const BY_CODE: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  ECONNREFUSED: ["nothing listens there", START],
  ENOTFOUND: ["its name is not known", START],
  EAI_AGAIN: ["its name cannot be looked up now", NETWORK],
  ETIMEDOUT: ["it does not answer", NETWORK],
  EHOSTUNREACH: ["no route leads there", NETWORK],
  ENETUNREACH: ["no route leads there", NETWORK],
  "3D000": ["the database does not exist", "Create it, then run `npm run migrate`."],
  "57P03": ["the server is starting or stopping", "Wait, and run this again."],
};

/** Of driver texts nothing is shown: they can quote a connection string. */
export function judgeDatabaseError(error: unknown, address: DatabaseAddress): Outcome {
  const { host, port, user } = placeOf(address);
  if (isSignInRefusal(error)) {
    const refused = refusedSignIn(address, error.code);
    if (refused !== undefined) return failureOf(refused);
    return failed(
      `${host}:${port} does not let user "${user}" in (${error.code})`,
      "Correct user and password in `DATABASE_URL`, and the server's pg_hba.conf where it asks for TLS.",
    );
  }
  const known = BY_CODE[networkCode(error) ?? ""];
  if (known !== undefined) return failed(`${host}:${port}: ${known[0]}`, known[1]);
  if (error instanceof Error && /timeout expired|timeout exceeded/i.test(error.message)) {
    return failed(`${host}:${port}: it does not answer within 5 s`, NETWORK);
  }
  return failureOf(toDomainError(error, silent));
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
