import { DomainError } from "../domain/errors.ts";

/** Node's and OpenSSL's codes for a certificate that does not prove what it should. */
const CERTIFICATE_FAULTS: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID:
    "its certificate is for another name: is another server at this address?",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet: do the clocks agree?",
};

const UNTRUSTED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_SIGNATURE_FAILURE",
]);

const NETWORK_FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name cannot be looked up now",
  EHOSTUNREACH: "no route leads there",
  ENETUNREACH: "no route leads there",
  ETIMEDOUT: "it does not answer in time",
};

const SERVER_STATES: Readonly<Record<string, string>> = {
  "57P03": "the server is starting up or recovering",
  "57P01": "the server is shutting down",
  "57P02": "the server crashed and recovers",
  "53300": "all its connections are taken",
  "57014": "it does not answer in time",
};

const SQL_STATE = /^[0-9A-Z]{5}$/;

/** By its shape: an error of Node's own is no `Error` of this realm under a test runner. */
function textOf(error: unknown, field: "code" | "message"): string {
  if (typeof error !== "object" || error === null) return "";
  const value: unknown = Reflect.get(error, field);
  return typeof value === "string" ? value : "";
}

function reasonOf(error: unknown): string {
  const code = textOf(error, "code");
  const known = CERTIFICATE_FAULTS[code] ?? NETWORK_FAULTS[code] ?? SERVER_STATES[code];
  if (known !== undefined) return known;
  if (UNTRUSTED.has(code))
    return "its certificate is not signed by the instance's own CA: is another server there?";
  const text = textOf(error, "message");
  if (/timeout/i.test(text)) return "it does not answer in time";
  if (/does not support SSL/.test(text)) return "it does not offer TLS";
  if (/terminated|ended/i.test(text)) return "the connection was cut";
  return code === "" ? "the connection failed" : `the connection failed (${code})`;
}

/** What `pg` rejected with, as ours: never the driver's text, which may quote what was sent. */
export function serverError(error: unknown, where: string): DomainError {
  // Of the way there, which the cluster's API did not give.
  if (error instanceof DomainError) return error;
  const code = textOf(error, "code");
  const refused =
    SQL_STATE.test(code) && SERVER_STATES[code] === undefined && !code.startsWith("08");
  if (refused)
    return new DomainError(
      "instance-refused",
      `the server at ${where} refused: ${refusalOf(code)}`,
    );
  return new DomainError(
    "instance-unreachable",
    `the server at ${where} cannot be reached: ${reasonOf(error)}`,
  );
}

function refusalOf(code: string): string {
  if (code === "28P01") return "the control role's password is not accepted";
  if (code === "28000") return "the control role may not log in from here";
  if (code === "42501") return "the control role lacks a right";
  return `SQLSTATE ${code}`;
}
