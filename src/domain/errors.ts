import type { JsonObject } from "./json.ts";

/** Every error a user or a workflow can meet: its HTTP status, and whether trying again can help. */
const CODES = {
  "invalid-request": { status: 400, retryable: false },
  "invalid-password": { status: 400, retryable: false },
  "instance-not-found": { status: 404, retryable: false },
  "operation-not-found": { status: 404, retryable: false },
  "name-taken": { status: 409, retryable: false },
  "dns-label-taken": { status: 409, retryable: false },
  "instance-not-running": { status: 409, retryable: false },
  "not-cancelable": { status: 409, retryable: false },
  "body-too-large": { status: 413, retryable: false },
  "unsupported-media-type": { status: 415, retryable: false },
  "idempotency-key-reused": { status: 422, retryable: false },
  "quota-exceeded": { status: 429, retryable: false },
  internal: { status: 500, retryable: true },
  "metadata-unavailable": { status: 503, retryable: true },
  "cluster-unavailable": { status: 503, retryable: true },
  "durable-unavailable": { status: 503, retryable: true },
  "instance-unreachable": { status: 503, retryable: true },

  // What a step of a workflow can meet; users see them as the error of an operation.
  "invalid-input": { status: 500, retryable: false },
  "invalid-output": { status: 500, retryable: false },
  "activity-lost": { status: 500, retryable: true },
  "deadline-passed": { status: 500, retryable: false },
  overtaken: { status: 409, retryable: false },
  canceled: { status: 409, retryable: false },
  "operation-taken": { status: 409, retryable: false },
  "instance-not-ready": { status: 500, retryable: false },
  "pod-cannot-start": { status: 500, retryable: false },
  "address-not-assigned": { status: 500, retryable: false },
  "cluster-refused": { status: 500, retryable: false },
  "cluster-conflict": { status: 500, retryable: true },
  "foreign-object": { status: 500, retryable: false },
  "secret-unreadable": { status: 500, retryable: false },
  "instance-refused": { status: 500, retryable: true },
  "objects-remain": { status: 500, retryable: true },
  "illegal-transition": { status: 500, retryable: false },
  "orchestration-lost": { status: 500, retryable: false },
  "version-unknown": { status: 500, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>;

export type ErrorCode = keyof typeof CODES;

/** A code of a package that builds on ours, such as `tenants::version-too-old`. */
export type PackageErrorCode = `${string}::${string}`;

export const errorCodes = Object.keys(CODES) as readonly ErrorCode[];

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
