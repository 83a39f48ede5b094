/** The `runtimeStatus` names of the management API. */
export const RUNTIME_STATUSES = [
  "Pending",
  "Running",
  "Completed",
  "ContinuedAsNew",
  "Failed",
  "Canceled",
  "Terminated",
  "Suspended",
] as const;
export type RuntimeStatus = (typeof RUNTIME_STATUSES)[number];

const FINISHED: readonly RuntimeStatus[] = ["Completed", "Failed", "Canceled", "Terminated"];

/** True once nothing more can happen to the instance. */
export function isFinished(status: RuntimeStatus): boolean {
  return FINISHED.includes(status);
}

/** One entry of `historyEvents`, in the shape that the webhook returns. */
export type HistoryEntry = Readonly<Record<string, unknown>>;

/** What the management API tells of an instance; input and output are parsed where they are JSON. */
export interface InstanceStatus {
  readonly name: string;
  readonly instanceId: string;
  readonly runtimeStatus: RuntimeStatus;
  readonly input: unknown;
  readonly customStatus: unknown;
  readonly output: unknown;
  readonly createdTime: Date;
  readonly lastUpdatedTime: Date;
  readonly historyEvents?: readonly HistoryEntry[];
}

export interface StatusOptions {
  readonly showHistory?: boolean;
  readonly showHistoryOutput?: boolean;
  /** Default true; when false, `input` is null. */
  readonly showInput?: boolean;
}

export interface StartRequest {
  readonly name: string;
  /** Absent: 32 hexadecimal digits are made. */
  readonly instanceId?: string;
  /** JSON text, as the body of the start request. Absent: the input is null. */
  readonly input?: string;
  /** Absent: host.json's `defaultVersion`. */
  readonly version?: string;
}

export interface InstanceFilter {
  readonly instanceIdPrefix?: string;
  readonly createdTimeFrom?: Date;
  readonly createdTimeTo?: Date;
  /** Empty or absent: all. */
  readonly runtimeStatus?: readonly RuntimeStatus[];
}

export interface ListRequest extends InstanceFilter {
  /** Default 100, as the real host's page. */
  readonly top?: number;
  readonly continuationToken?: string;
  readonly showInput?: boolean;
}

export interface InstancePage {
  readonly instances: readonly InstanceStatus[];
  /** Present when there is more. */
  readonly continuationToken?: string;
}

/** What the durable client and the webhooks may ask; refusals are `TaskHubError`s. */
export interface TaskHub {
  /** Returns the instance id. Refuses with `InstanceExists` while one of that id is not finished. */
  start(request: StartRequest): Promise<string>;
  /** Null when there is no such instance. */
  status(instanceId: string, options?: StatusOptions): Promise<InstanceStatus | null>;
  list(request?: ListRequest): Promise<InstancePage>;
  /** `InstanceNotFound` (404), `InstanceFinished` (410). */
  terminate(instanceId: string, reason?: string): Promise<void>;
  /** As terminate, and `WrongState` (500) when it is suspended already. */
  suspend(instanceId: string, reason?: string): Promise<void>;
  /** As terminate, and `WrongState` (500) when it is not suspended. */
  resume(instanceId: string, reason?: string): Promise<void>;
  /** `input` is JSON text. `InstanceNotFound` (404), `InstanceFinished` (410). */
  raiseEvent(instanceId: string, name: string, input?: string): Promise<void>;
  /** `InstanceNotFound` (404), `InstanceNotFinished` (412). */
  purge(instanceId: string): Promise<void>;
  /** Returns how many were removed, 0 when none matched; takes running ones too if asked, as the real host does. */
  purgeMany(filter: InstanceFilter): Promise<number>;
}

/** Each refusal and the HTTP status it means. */
const STATUS = {
  InvalidRequest: 400,
  InstanceNotFound: 404,
  InstanceExists: 409,
  InstanceFinished: 410,
  InstanceNotFinished: 412,
  WrongState: 500,
} as const;

/** A request to the task hub that is refused; the message is the real host's text where there is one. */
export class TaskHubError extends Error {
  override readonly name = "TaskHubError";
  readonly code: keyof typeof STATUS;
  /** The status of the instance that stands in the way, where there is one. */
  readonly existing: RuntimeStatus | undefined;

  constructor(code: keyof typeof STATUS, message: string, existing?: RuntimeStatus) {
    super(message);
    this.code = code;
    this.existing = existing;
  }

  get status(): number {
    return STATUS[this.code];
  }
}

export interface Invocation {
  readonly instanceId: string;
  /** Aborted when the function has run out of time or the host stops; the result is ignored then. */
  readonly signal: AbortSignal;
}

/** How the engine calls the app's functions: the worker's side of the bargain. */
export interface FunctionInvoker {
  /** Names are compared without case, as on the real host. */
  readonly orchestrators: readonly string[];
  readonly activities: readonly string[];
  /**
   * `payload` is the text of the orchestrationTrigger input. Resolves to the state object that the function
   * returned; rejects with the error that it threw (its message may carry `$OutOfProcData$:`).
   */
  runOrchestrator(name: string, payload: string, invocation: Invocation): Promise<unknown>;
  /**
   * `data` is the text of the activityTrigger input, null for none. Resolves to the function's return value
   * (the engine turns it into JSON); rejects with the error that it threw.
   */
  runActivity(name: string, data: string | null, invocation: Invocation): Promise<unknown>;
}

/** A wake-up call that may be taken back. */
export interface Alarm {
  cancel(): void;
}

/** The only source of time; virtual in tests. */
export interface Clock {
  now(): number;
  /** Calls `ring` once, `delayMs` from now. */
  after(delayMs: number, ring: () => void): Alarm;
}

/** Where the engine says what a person should know: `text` is one line, never an input or a result. */
export type EngineLog = (level: "info" | "warning" | "error", text: string) => void;
