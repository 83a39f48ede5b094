import saslprep from "@mongodb-js/saslprep";
import { DomainError } from "./errors.ts";

const MIN_CODE_POINTS = 12;
const MAX_CODE_POINTS = 128;

type Prepared =
  | { readonly kind: "prepared"; readonly text: string }
  | { readonly kind: "forbidden" }
  /** SASLprep gives up: unassigned code points (emoji, for one) or mixed writing directions. */
  | { readonly kind: "raw" };

function prepare(password: string): Prepared {
  try {
    const text = saslprep(password);
    return text === "" ? { kind: "raw" } : { kind: "prepared", text };
  } catch {
    return isForbidden(password) ? { kind: "forbidden" } : { kind: "raw" };
  }
}

/** The library names the rule only in its message; asked about one character, direction cannot be what it means. */
function isForbidden(password: string): boolean {
  return Array.from(normalizedByPg(password)).some((character) => {
    try {
      saslprep(character, { allowUnassigned: true });
      return false;
    } catch {
      return true;
    }
  });
}

/** What the `pg` client sends: SASLprep's mappings and NFKC without its checks (its lib/crypto/sasl.js). */
function normalizedByPg(password: string): string {
  return (
    password
      .replace(/[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/gu, " ")
      // A combining character must be matched alone here, so the list is no misleading class.
      .replace(
        /\u00AD|\u034F|\u1806|[\u180B-\u180D]|\u200C|\u200D|\u2060|[\uFE00-\uFE0F]|\uFEFF/gu,
        "",
      )
      .normalize("NFKC")
  );
}

/** What the server and libpq hash: SASLprep's result, or the raw text where SASLprep gives up. */
export function serverForm(password: string): string {
  const prepared = prepare(password);
  return prepared.kind === "prepared" ? prepared.text : password;
}

/** Why this password is refused; undefined when every client can log in with it. The password is not repeated. */
export function passwordFault(password: string): string | undefined {
  const length = Array.from(password).length;
  if (length < MIN_CODE_POINTS)
    return `the password must have at least ${MIN_CODE_POINTS} characters`;
  if (length > MAX_CODE_POINTS)
    return `the password must have at most ${MAX_CODE_POINTS} characters`;
  if (prepare(password).kind === "forbidden" || !password.isWellFormed()) {
    return "the password has a character that SASLprep forbids, such as a control character";
  }
  const sent = normalizedByPg(password);
  if (sent !== serverForm(password)) {
    return (
      "the password would be normalised in two ways, so that some clients could not log in: " +
      "leave out either the emoji, the mixed writing directions, or the composed characters"
    );
  }
  // Soft hyphens and the like vanish before hashing, and must not stand for strength.
  if (Array.from(sent).length < MIN_CODE_POINTS) {
    return `the password must have at least ${MIN_CODE_POINTS} characters that count: invisible ones do not`;
  }
  return undefined;
}

/** Rejects a password that is too short or long, or that not every client could log in with. */
export function checkPassword(password: string): void {
  const fault = passwordFault(password);
  if (fault !== undefined) throw new DomainError("invalid-password", fault);
}
