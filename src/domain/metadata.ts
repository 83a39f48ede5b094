import type { ObjectRef } from "./cluster.ts";
import type { Gauges } from "./gauges.ts";
import type { JsonObject } from "./json.ts";
import type { Failure, HealthStatus, Instance, InstanceSpec, InstanceState } from "./instance.ts";
import type {
  InstanceEvent,
  Operation,
  OperationKind,
  OperationStatus,
  StartableOperation,
  Step,
} from "./operation.ts";
import type { Repairs } from "./repairs.ts";

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; absent on the last page. */
  readonly nextCursor?: string;
}

export interface PageRequest {
  /** 1–200 */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** An `Idempotency-Key`, unique per method and path. */
export interface IdempotencyKey {
  readonly key: string;
  /** Method and path, such as `POST /instances`. */
  readonly scope: string;
  /** Of the request without its password. */
  readonly requestHash: string;
}

/** What a request left behind. `replayed`: the key was known, nothing was written. */
export interface Accepted {
  readonly instance: Instance;
  readonly operation: Operation;
  readonly replayed: boolean;
}

export interface CreateRequest {
  readonly instanceId: string;
  readonly operationId: string;
  /** `allowedCidrs` already filled in. */
  readonly spec: InstanceSpec;
  /** SCRAM verifier of the user's password. */
  readonly passwordVerifier: string;
  readonly idempotency?: IdempotencyKey | undefined;
  /** `MAX_INSTANCES`; instances that are not deleted count. */
  readonly maxInstances: number;
}

export interface DeleteRequest {
  readonly operationId: string;
  /** UUID or name. */
  readonly instance: string;
  readonly idempotency?: IdempotencyKey | undefined;
}

export interface InstanceFilter extends PageRequest {
  readonly state?: InstanceState | undefined;
  readonly health?: HealthStatus | undefined;
  readonly name?: string | undefined;
}

export interface OperationFilter extends PageRequest {
  readonly instanceId?: string | undefined;
  readonly status?: OperationStatus | undefined;
  readonly kind?: OperationKind | undefined;
}

/** The side of the metadata that the HTTP API uses. Every method may reject with `metadata-unavailable`. */
export interface Catalog {
  /**
   * Writes instance (`creating`) and operation (`notStarted`, with its input) in one transaction.
   * Rejects with `name-taken`, `dns-label-taken`, `quota-exceeded`, `idempotency-key-reused`.
   */
  requestCreate(request: CreateRequest): Promise<Accepted>;
  /**
   * Moves the instance to `deleting` and writes the operation, in one transaction; while a delete runs,
   * answers with that one. Rejects with `instance-not-found` when it is unknown or deleted already.
   */
  requestDelete(request: DeleteRequest): Promise<Accepted>;
  /**
   * Marks a create as no longer wanted; again: the same answer. A create that has not started is canceled by its
   * orchestration's first step. Rejects with `operation-not-found`, `not-cancelable`.
   */
  requestCancel(operationId: string): Promise<Operation>;
  /** By UUID (deleted ones too) or by the name of a live instance. */
  findInstance(idOrName: string): Promise<Instance | undefined>;
  listInstances(filter: InstanceFilter): Promise<Page<Instance>>;
  listEvents(instanceId: string, page: PageRequest): Promise<Page<InstanceEvent>>;
  findOperation(id: string): Promise<Operation | undefined>;
  listOperations(filter: OperationFilter): Promise<Page<Operation>>;
  recordEvent(event: NewEvent): Promise<void>;
  ping(): Promise<void>;
}

export interface NewEvent {
  readonly instanceId: string;
  readonly operationId?: string | undefined;
  readonly type: string;
  readonly message: string;
  readonly data?: JsonObject | undefined;
}

export interface BeginRequest {
  readonly operationId: string;
  readonly kind: OperationKind;
  /** From `newGuid` of the orchestration: the same token is its own retry, another one ends without effects. */
  readonly token: string;
  readonly instanceId: string;
  readonly instanceName: string;
  readonly namespace: string;
  /** Given for a create: its rows are inserted when absent (then `app` has no password until one is set). */
  readonly spec?: InstanceSpec | undefined;
}

/**
 * `begun`: go on. `taken`: another execution has the operation, or it has ended: end without effects.
 * `canceled`, `overtaken`: begun, but not wanted any more: clean up, or close and end.
 */
export interface Begun {
  readonly outcome: "begun" | "taken" | "canceled" | "overtaken";
  readonly deadlineAt: string;
  /** For a delete: the create of the same instance that has not ended. */
  readonly runningCreate?: string;
  /** For a delete: the health check that was stored. */
  readonly healthCheckOrchestrationId?: string;
}

/** What is known of an instance once it runs. */
export interface RunningFacts {
  readonly ipConnectionString: string;
  readonly dnsConnectionString?: string | undefined;
  readonly externalIp?: string | undefined;
  readonly dnsName?: string | undefined;
  readonly serverVersion: string;
  readonly certificateCoversAddress: boolean;
}

interface Ending {
  readonly operationId: string;
  readonly instanceId: string;
  /** The execution's token; absent when monitor-operation closes what its orchestration left open. */
  readonly token?: string | undefined;
  readonly steps: readonly Step[];
}

/** How an operation ends: instance, operation and event are written in one transaction, by compare-and-set. */
export type OperationEnd =
  /** creating → running, unless a cancel was requested. */
  | (Ending & { readonly to: "running"; readonly facts: RunningFacts; readonly result: JsonObject })
  /**
   * creating → failed, deleting → failed; the operation is `failed`, or `canceled` with code `canceled` when nothing
   * remained. The result holds the receipt of a clean-up.
   */
  | (Ending & {
      readonly to: "failed";
      readonly failure: Failure;
      readonly result?: JsonObject | undefined;
    })
  /** deleting → deleted */
  | (Ending & { readonly to: "deleted"; readonly result: JsonObject })
  /** The instance belongs to a delete by now: only the operation ends, as `canceled`, code `overtaken`. */
  | (Ending & { readonly to: "overtaken" });

/** An operation as it ended just now. */
export interface EndedOperation {
  readonly operationId: string;
  readonly instanceId: string;
  readonly instanceName: string;
  readonly kind: OperationKind;
  readonly status: OperationStatus;
  /** Why, unless it succeeded. */
  readonly code?: string;
  /** Since it was asked for. */
  readonly ms: number;
}

/** `done`, also when it was done before. `overtaken`: zero rows changed. `canceled`: a cancel came first. */
export type EndOutcome = "done" | "overtaken" | "canceled";

export interface HealthRecord {
  readonly instanceId: string;
  readonly status: HealthStatus;
  readonly checkedAt: string;
  readonly latencyMs?: number | undefined;
  readonly failures: number;
  readonly message?: string | undefined;
  readonly serverVersion?: string | undefined;
}

/** What a workflow needs to know of an operation that may be lost. */
export interface OperationFacts {
  readonly operation: Operation;
  readonly instance: Instance;
  readonly cancelRequested: boolean;
}

/** The side of the metadata that activities use. */
export interface Ledger {
  begin(request: BeginRequest): Promise<Begun>;
  /** `told` hears of an operation that this call has ended, once that is kept; not of one that had ended before. */
  end(end: OperationEnd, told?: (ended: EndedOperation) => void): Promise<EndOutcome>;
  /**
   * Rejects with `canceled` or `overtaken` unless the instance is `creating` and no cancel of the operation was
   * requested. An unknown instance is `overtaken`.
   */
  assertWanted(instanceId: string, operationId: string): Promise<void>;
  /** Readable until the Secret exists or the operation has ended. */
  passwordVerifier(instanceId: string): Promise<string | undefined>;
  /** Called once the bootstrap Secret holds it. */
  forgetPasswordVerifier(instanceId: string): Promise<void>;
  findInstance(idOrName: string): Promise<Instance | undefined>;
  findOperation(operationId: string): Promise<OperationFacts | undefined>;
  /** Stores the id before the loop is started; false when the instance is no longer creating or running. */
  setHealthCheck(instanceId: string, orchestrationId: string): Promise<boolean>;
  setAddress(
    instanceId: string,
    facts: { readonly certificateCoversAddress: boolean },
  ): Promise<void>;
  /**
   * Writes health and, when the status changed, an event, of which `told` hears with the status before; only while the
   * instance is creating or running; false otherwise. Does not move `updatedAt`.
   */
  recordHealth(record: HealthRecord, told?: (from: HealthStatus) => void): Promise<boolean>;
  recordEvent(event: NewEvent): Promise<void>;
  /**
   * Keeps what an operation's clean-up is about to delete, and gives all that it has kept so far: those of runs whose
   * answer was lost, too. An unknown operation keeps nothing.
   */
  noteRemoval(operationId: string, objects: readonly ObjectRef[]): Promise<readonly ObjectRef[]>;
  /** From now on an open create is as if its cancel was requested: it writes `running` no more, and its steps stop. */
  giveUpCreate(operationId: string): Promise<void>;
}

export interface PurgeableOperation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly instanceId: string;
}

/** What only one process does at a time, each under a lock of its own: the sweep, and the look through a namespace. */
export type Duty = "sweep" | { readonly orphansIn: string };

/** The side of the metadata that the watchdog uses. */
export interface Watch extends Repairs {
  /** What there is at this moment. A health check that was not heard of for `silentMs` is missing. */
  gauges(silentMs: number): Promise<Gauges>;
  /** Runs `work` under the advisory lock of this duty, the sweep's unless told; false when another process has it. */
  exclusively(work: () => Promise<void>, duty?: Duty): Promise<boolean>;
  /** `notStarted` for longer than `olderThanMs`. */
  startable(olderThanMs: number, limit: number): Promise<readonly StartableOperation[]>;
  /** `running` for longer than `olderThanMs`, or `notStarted` so long after the deadline; oldest first. */
  running(olderThanMs: number, limit: number): Promise<readonly Operation[]>;
  /** Running instances whose health was last written longer than `olderThanMs` ago, or never. */
  healthSilent(olderThanMs: number, limit: number): Promise<readonly Instance[]>;
  /** Ended longer than `olderThanMs` ago and not yet purged from the durable backend. */
  purgeable(olderThanMs: number, limit: number): Promise<readonly PurgeableOperation[]>;
  markPurged(operationId: string): Promise<void>;
  /**
   * Drops changes of health that are older than `olderThanMs` from the timelines, but for the last one of an instance
   * that is not deleted, which says since when it is as it is. At most `limit`, oldest first; how many they were.
   */
  dropHealthChanges(olderThanMs: number, limit: number): Promise<number>;
}

/** The database of the control plane. */
export interface Metadata {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly watch: Watch;
  close(): Promise<void>;
}
