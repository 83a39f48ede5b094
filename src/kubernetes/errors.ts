import { z } from "zod";
import { DomainError, type ErrorCode } from "../domain/errors.ts";
import { answerAction, NAMESPACE_GOES, NO_ANSWER, NO_NAMESPACE } from "./api-actions.ts";

const MESSAGE_LIMIT = 300;

const Status = z.looseObject({
  reason: z.string().default(""),
  message: z.string().default(""),
  details: z
    .looseObject({
      kind: z.string().optional(),
      causes: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
    })
    .optional(),
});
type Status = z.infer<typeof Status>;

/** An answer of the API that is no success. */
export interface ApiRefusal {
  readonly code: number;
  readonly status: Status;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** What the API answered, when the error is an answer: known by its shape, so that the client needs no loading. */
export function refusalOf(error: unknown): ApiRefusal | undefined {
  const code = field(error, "code") ?? field(error, "statusCode");
  // A DOMException has a number for a code too.
  if (typeof code !== "number" || code < 300 || code > 599) return undefined;
  const body = field(error, "body");
  return { code, status: parseStatus(body) };
}

function parseStatus(body: unknown): Status {
  try {
    return Status.parse(typeof body === "string" ? JSON.parse(body) : body);
  } catch {
    return { reason: "", message: "" };
  }
}

export const isNotFound = (error: unknown): boolean => refusalOf(error)?.code === 404;

export const isConflict = (error: unknown): boolean => refusalOf(error)?.code === 409;

export const isAlreadyExists = (error: unknown): boolean => {
  const refusal = refusalOf(error);
  return refusal?.code === 409 && refusal.status.reason === "AlreadyExists";
};

export function shorten(text: string, limit = MESSAGE_LIMIT): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}

/** A request that got no answer, with what may be done about it where more is known than that. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  readonly action: string | undefined;

  constructor(cause: unknown, action: string | undefined) {
    super("no answer", { cause });
    this.action = action;
  }
}

export interface Doing {
  /** For the sentence: `apply Service "pg-orders-1a2b3c4d"`. */
  readonly what: string;
  /** The object is a Secret: the cluster's words may quote its contents and are left out. */
  readonly secret?: boolean;
}

/**
 * Anything that a call of the cluster's API rejected with, as ours. Of an answer only the Status' message is
 * shown, and only where it explains a refusal; an error of ours stays what it is.
 */
export function clusterError(error: unknown, doing: Doing): unknown {
  if (error instanceof DomainError) return error;
  const refusal = refusalOf(error);
  if (refusal !== undefined) return answered(refusal, doing);
  const { cause = error, action = NO_ANSWER } = error instanceof UnreachableError ? error : {};
  if (cause instanceof DomainError) return cause;
  const reason = networkReason(cause);
  if (reason === undefined) return cause;
  return new DomainError("cluster-unavailable", `cannot ${doing.what}: ${reason}`, {
    details: { action },
  });
}

function answered(refusal: ApiRefusal, { what, secret }: Doing): DomainError {
  const { code, status } = refusal;
  const words = secret === true || status.message === "" ? "" : `: ${shorten(status.message)}`;
  const { as, reason, action } = {
    action: answerAction(code, status.message),
    ...verdictOn(refusal, words),
  };
  return new DomainError(as, `cannot ${what}: ${reason}`, {
    ...(action !== undefined && { details: { action } }),
  });
}

interface Verdict {
  readonly as: ErrorCode;
  readonly reason: string;
  /** Where it is another than the answer's code asks for. */
  readonly action?: string;
}

function verdictOn({ code, status }: ApiRefusal, words: string): Verdict {
  if (code >= 500)
    return { as: "cluster-unavailable", reason: `the cluster answers with ${code}${words}` };
  switch (code) {
    case 401:
      return { as: "cluster-refused", reason: "the cluster does not accept our credentials" };
    case 403:
      return forbidden(status, words);
    case 404:
      return missing(status);
    case 409:
      return { as: "cluster-conflict", reason: "the object was changed or replaced meanwhile" };
    case 410:
      return {
        as: "cluster-unavailable",
        reason: "the cluster's history is too short: try again",
      };
    case 429:
      return { as: "cluster-unavailable", reason: "the cluster has too much to do: try again" };
    default:
      return { as: "cluster-refused", reason: `the cluster refuses it (${code})${words}` };
  }
}

function forbidden({ details }: Status, words: string): Verdict {
  const terminating = details?.causes?.some(({ reason }) => reason === "NamespaceTerminating");
  return terminating === true
    ? {
        as: "cluster-refused",
        reason: "its namespace is being deleted",
        action: NAMESPACE_GOES,
      }
    : { as: "cluster-refused", reason: `the cluster forbids it${words}` };
}

function missing({ details }: Status): Verdict {
  return details?.kind === "namespaces"
    ? {
        as: "cluster-refused",
        reason: "its namespace does not exist: set the cluster up first",
        action: NO_NAMESPACE,
      }
    : { as: "cluster-refused", reason: "it does not exist" };
}

const NETWORK_FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens at the cluster's address",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  ENOTFOUND: "the cluster's name is not known",
  EAI_AGAIN: "the cluster's name cannot be looked up now",
  EHOSTUNREACH: "no route leads to the cluster",
  ENETUNREACH: "no route leads to the cluster",
  ETIMEDOUT: "the cluster does not answer in time",
  UND_ERR_CONNECT_TIMEOUT: "the cluster does not answer in time",
  UND_ERR_HEADERS_TIMEOUT: "the cluster does not answer in time",
  UND_ERR_BODY_TIMEOUT: "the cluster does not answer in time",
};

const CERTIFICATE = /CERT|SIGNATURE|ISSUER/;

/** Of a failure of the network: Node's, undici's or OpenSSL's. */
export function codeOf(error: unknown): string | undefined {
  const code = field(field(error, "cause"), "code") ?? field(error, "code");
  return typeof code === "string" ? code : undefined;
}

function networkReason(error: unknown): string | undefined {
  const name = field(error, "name");
  if (name === "TimeoutError" || name === "AbortError")
    return "the cluster does not answer in time";
  const code = codeOf(error);
  if (code !== undefined) {
    const syscall = field(error, "syscall");
    if (code === "ENOENT" && typeof syscall === "string" && syscall.startsWith("spawn")) {
      return "the program that the kubeconfig names for signing in is not installed";
    }
    if (CERTIFICATE.test(code))
      return `its certificate is not to be trusted (${code}): it is not signed by the CA that we were given`;
    return NETWORK_FAULTS[code] ?? `the connection to the cluster fails (${code})`;
  }
  const isFetch =
    field(error, "message") === "fetch failed" || field(error, "message") === "terminated";
  return isFetch ? "the connection was cut" : undefined;
}
