import { explanations, type ErrorCode, type Explanation } from "./error-codes.ts";
import type { JsonObject } from "./json.ts";

export type { ErrorCode } from "./error-codes.ts";

/** Where an error shows; docs/errors.md says what each of these is. */
export type Place = "answer" | "operation" | "command" | "workflow";

interface Conduct {
  /** Of the answer, where it is one. */
  readonly status: number;
  /** Whether trying the same again can help. */
  readonly retryable: boolean;
  readonly places: readonly Place[];
}

const CODES = {
  "invalid-request": { status: 400, retryable: false, places: ["answer"] },
  "invalid-password": { status: 400, retryable: false, places: ["answer"] },
  "instance-not-found": { status: 404, retryable: false, places: ["answer", "workflow"] },
  "operation-not-found": { status: 404, retryable: false, places: ["answer", "workflow"] },
  "name-taken": { status: 409, retryable: false, places: ["answer", "workflow"] },
  "dns-label-taken": { status: 409, retryable: false, places: ["answer", "workflow"] },
  "instance-not-running": { status: 409, retryable: false, places: ["answer"] },
  "not-cancelable": { status: 409, retryable: false, places: ["answer"] },
  "body-too-large": { status: 413, retryable: false, places: ["answer"] },
  "unsupported-media-type": { status: 415, retryable: false, places: ["answer"] },
  "idempotency-key-reused": { status: 422, retryable: false, places: ["answer"] },
  "quota-exceeded": { status: 429, retryable: false, places: ["answer"] },
  internal: { status: 500, retryable: true, places: ["answer", "operation", "command"] },
  "metadata-unavailable": {
    status: 503,
    retryable: true,
    places: ["answer", "operation", "command"],
  },
  "cluster-unavailable": {
    status: 503,
    retryable: true,
    places: ["answer", "operation", "command"],
  },
  "sign-in-failed": {
    status: 503,
    retryable: true,
    places: ["answer", "operation", "command"],
  },
  "instance-unreachable": { status: 503, retryable: true, places: ["answer", "operation"] },

  // What a step of a workflow can meet; users see them as the error of an operation.
  "durable-unavailable": { status: 503, retryable: true, places: ["operation", "workflow"] },
  "invalid-input": { status: 500, retryable: false, places: ["operation", "workflow"] },
  "invalid-output": { status: 500, retryable: false, places: ["operation", "workflow"] },
  "activity-lost": { status: 500, retryable: true, places: ["operation"] },
  "deadline-passed": { status: 500, retryable: false, places: ["operation", "workflow"] },
  overtaken: { status: 409, retryable: false, places: ["operation"] },
  canceled: { status: 409, retryable: false, places: ["operation"] },
  "instance-not-ready": { status: 500, retryable: false, places: ["operation"] },
  "pod-cannot-start": { status: 500, retryable: false, places: ["operation"] },
  "address-not-assigned": { status: 500, retryable: false, places: ["operation"] },
  "cluster-refused": { status: 500, retryable: false, places: ["operation", "command"] },
  "cluster-conflict": { status: 500, retryable: true, places: ["operation", "command"] },
  "foreign-object": { status: 500, retryable: false, places: ["operation"] },
  "secret-unreadable": { status: 500, retryable: false, places: ["operation"] },
  "instance-refused": { status: 500, retryable: true, places: ["operation"] },
  "objects-remain": { status: 500, retryable: true, places: ["operation"] },
  "orchestration-lost": { status: 500, retryable: false, places: ["operation", "workflow"] },
  "operation-taken": { status: 409, retryable: false, places: ["workflow"] },
  "illegal-transition": { status: 500, retryable: false, places: ["workflow"] },
  "version-unknown": { status: 500, retryable: false, places: ["workflow"] },
} as const satisfies Record<ErrorCode, Conduct>;

/** A code of a package that builds on ours, such as `tenants::version-too-old`. */
export type PackageErrorCode = `${string}::${string}`;

export const errorCodes = Object.keys(CODES) as readonly ErrorCode[];

/** All that is known of a code. */
export interface ErrorDescription extends Conduct, Explanation {
  readonly code: ErrorCode;
}

export function describeError(code: ErrorCode): ErrorDescription {
  return { code, ...CODES[code], ...explanations[code] };
}

/** The one thing to do about an error; undefined for the codes of other packages, and for what is no code. */
export function remedyOf(code: string): string | undefined {
  return isOwn(code) ? explanations[code].remedy : undefined;
}

/** How a {@link DomainError} travels through an activity's result. */
export interface ErrorEnvelope {
  readonly code: ErrorCode | PackageErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly details?: JsonObject;
}

export interface DomainErrorOptions {
  readonly retryable?: boolean;
  readonly details?: JsonObject;
  readonly cause?: unknown;
}

/** A refusal or failure with a stable code. Its message is shown to users: never driver text, never a secret. */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly code: ErrorCode | PackageErrorCode;
  readonly retryable: boolean;
  readonly details: JsonObject | undefined;

  /** The codes of other packages are not retryable unless the options say so. */
  constructor(
    code: ErrorCode | PackageErrorCode,
    message: string,
    options: DomainErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    if (!isErrorCode(code)) {
      throw new TypeError(
        `"${String(code)}" is no code of an error: write {package}::{code} in kebab-case`,
      );
    }
    this.code = code;
    this.retryable = options.retryable ?? (isOwn(code) && CODES[code].retryable);
    this.details = options.details;
  }

  get status(): number {
    return isOwn(this.code) ? CODES[this.code].status : 500;
  }

  toEnvelope(): ErrorEnvelope {
    const { code, message, retryable, details } = this;
    return { code, message, retryable, ...(details && { details }) };
  }

  static fromEnvelope({ code, message, retryable, details }: ErrorEnvelope): DomainError {
    return new DomainError(code, message, { retryable, ...(details && { details }) });
  }
}

function isOwn(code: string): code is ErrorCode {
  return Object.hasOwn(CODES, code);
}

const packageCode = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*::[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

export function isErrorCode(text: string): text is ErrorCode | PackageErrorCode {
  return isOwn(text) || packageCode.test(text);
}
