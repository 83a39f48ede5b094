import { createHash, createHmac, pbkdf2, randomBytes, randomInt } from "node:crypto";
import { promisify } from "node:util";
import type { Passwords } from "../domain/postgres.ts";
import { serverForm } from "../domain/password-rules.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH = 32;
const ROUNDS = 4096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

const derive = promisify(pbkdf2);

/** About 190 bits, in characters that mean nothing to a URL, a shell or SQL. */
function generate(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join("");
}

/** RFC 5803's form, as PostgreSQL keeps it in pg_authid. */
export async function scramVerifier(password: string, salt: Buffer): Promise<string> {
  const salted = await derive(serverForm(password), salt, ROUNDS, KEY_BYTES, "sha256");
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(hmac("Client Key")).digest("base64");
  const serverKey = hmac("Server Key").toString("base64");
  return `SCRAM-SHA-256$${ROUNDS}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}

export const passwords: Passwords = {
  generate,
  verifier: (password) => scramVerifier(password, randomBytes(SALT_BYTES)),
};
