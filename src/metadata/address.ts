import type { ClientConfig } from "pg";
import { DomainError } from "../domain/errors.ts";
import type { Identity } from "../domain/identity.ts";

/** Azure Database for PostgreSQL, where a token of the app's identity is the password. */
export interface EntraAddress {
  readonly host: string;
  readonly name: string;
  /** The database role of the identity. */
  readonly user: string;
  readonly identity: Identity;
  /** 5432 unless told. */
  readonly port?: number | undefined;
  /** PEM of the CA to trust; absent: those that Node.js brings, which sign the servers of Azure. */
  readonly ca?: string | undefined;
}

/** Where the metadata database is, and how to sign in to it. */
export type DatabaseAddress = { readonly url: string } | EntraAddress;

const SCOPE = "https://ossrdbms-aad.database.windows.net/.default";

/** For each connection anew: tokens live for an hour or so, connections of a pool for longer. */
export function connectionOf(address: DatabaseAddress): ClientConfig {
  if ("url" in address) return { connectionString: address.url };
  const { host, port = 5432, name, user, identity, ca } = address;
  return {
    host,
    port,
    database: name,
    user,
    password: () => identity.accessToken(SCOPE),
    ssl: { rejectUnauthorized: true, minVersion: "TLSv1.2", ...(ca !== undefined && { ca }) },
  };
}

/** A token is not asked for more often than this because it was refused: the role may be what is wrong. */
const RENEW_EVERY_MS = 30_000;

/** Has the next connection use another token, together with whoever asked a moment ago; false where there is none. */
export function renewal(address: DatabaseAddress): () => Promise<boolean> {
  if ("url" in address) return async () => false;
  let last = -Infinity;
  let renewed = Promise.resolve(true);
  return async () => {
    const now = performance.now();
    if (now - last >= RENEW_EVERY_MS) {
      last = now;
      renewed = address.identity.renew(SCOPE).then(() => true);
      // What failed once is tried again by the next.
      renewed.catch(() => (last = -Infinity));
    }
    return renewed;
  };
}

/** Why no connection comes about, where it is for want of a token; the driver waits for one less long than we do. */
export async function missingToken(address: DatabaseAddress): Promise<DomainError | undefined> {
  if ("url" in address) return undefined;
  try {
    await address.identity.accessToken(SCOPE);
    return undefined;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

/** What the server says of a sign-in, in terms of Entra; undefined for an address with a password of its own. */
export function refusedSignIn(address: DatabaseAddress, code: string): DomainError | undefined {
  if ("url" in address) return undefined;
  const { user, name } = address;
  const reason =
    code === "28000"
      ? `does not let role "${user}" in from here, or not without TLS`
      : `does not take the app's identity for role "${user}"`;
  return new DomainError("metadata-unavailable", `the metadata database ${reason}`, {
    details: {
      action: `Make the identity a role of the server, as docs/deploy.md says, and let it connect to database "${name}"; \`DATABASE_USER\` is the identity's name.`,
    },
  });
}
