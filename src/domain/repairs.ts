import type { InstanceState } from "./instance.ts";
import type { JsonObject } from "./json.ts";
import type { StartableOperation } from "./operation.ts";

/** What the watchdog found wrong with an instance and does about it: an event of its timeline. */
export interface Repair {
  readonly instanceId: string;
  readonly operationId?: string | undefined;
  readonly type: `repair.${string}`;
  /** What was found, and what is done. */
  readonly message: string;
  /** What tells this finding from others of its type: one whose causes are all known is written down already. */
  readonly causes: readonly string[];
  readonly data?: JsonObject | undefined;
}

/** An instance in a state that only an operation can end, without one that could. */
export interface Unattended {
  readonly id: string;
  readonly name: string;
  readonly state: "creating" | "deleting";
}

/** The side of the metadata with which the watchdog repairs. */
export interface Repairs {
  /** Writes the event of a repair, once: before it is done, so that none goes unmentioned. True when it was new. */
  noteRepair(repair: Repair): Promise<boolean>;
  /** `deleting` without a delete that is open, `creating` without any operation that is; oldest first. */
  unattended(limit: number): Promise<readonly Unattended[]>;
  /**
   * Opens an operation for such an instance, with its event: a delete that is to be started, or a create that is running,
   * past its deadline and lost, for monitor-operation to close. Undefined when another one was quicker.
   */
  adopt(instanceId: string, operationId: string): Promise<StartableOperation | undefined>;
  /** How long ago the health check of an instance was first seen alive and silent, since it last was heard of. */
  stalledMs(instanceId: string): Promise<number>;
  forgetStall(instanceId: string): Promise<void>;
  /** The states of those of these instances that are known. */
  statesOf(instanceIds: readonly string[]): Promise<ReadonlyMap<string, KnownInstance>>;
}

/** What the metadata says of an instance whose objects were found. */
export interface KnownInstance {
  readonly state: InstanceState;
  readonly namespace: string;
  /** Present once it is deleted. */
  readonly deletedAt?: string | undefined;
  /** Present while it is failed: whether its clean-up left nothing, a minute ago at least. */
  readonly cleanedUp?: boolean | undefined;
}
