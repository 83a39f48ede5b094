import type { HistoryEvent, ParentLink, TaskOutcome } from "./history.ts";
import type { InstanceFilter, RuntimeStatus } from "./task-hub.ts";

/** The row of an instance; texts are JSON except the output of one that failed or was terminated. */
export interface InstanceRecord {
  readonly instanceId: string;
  readonly executionId: string;
  readonly name: string;
  readonly version: string | null;
  readonly status: RuntimeStatus;
  readonly input: string | null;
  readonly output: string | null;
  readonly customStatus: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly parent: ParentLink | null;
}

export type NewInstance = Pick<
  InstanceRecord,
  "instanceId" | "executionId" | "name" | "version" | "input" | "parent"
>;

/** A message in an instance's inbox. */
export interface Message {
  readonly id: string;
  /** The execution it is meant for; null for whichever runs when it arrives. */
  readonly executionId: string | null;
  readonly event: HistoryEvent;
}

export interface OutgoingMessage {
  readonly instanceId: string;
  readonly executionId: string | null;
  readonly event: HistoryEvent;
  /** A timer is a message that is not seen before its time. */
  readonly visibleAt: number;
  /** To be read before all that is in the inbox already: the start of a new generation. */
  readonly first?: boolean;
}

export interface NewActivity {
  readonly taskId: number;
  readonly name: string;
  /** The text of the trigger's input. */
  readonly data: string | null;
}

/** All that an episode changed; written in one transaction or not at all. */
export interface EpisodeCommit {
  readonly instance: InstanceRecord;
  readonly consumed: readonly string[];
  readonly events: readonly HistoryEvent[];
  /** The history so far is dropped, and with it what was meant for the old execution. */
  readonly replace: boolean;
  readonly activities: readonly NewActivity[];
  readonly messages: readonly OutgoingMessage[];
  readonly children: readonly NewInstance[];
}

/** The right to work on something until a moment; void once another has taken it over. */
export interface Lease {
  readonly token: string;
  readonly owner: string;
  readonly until: number;
}

export interface LeasedEpisode {
  readonly lease: Lease;
  readonly instance: InstanceRecord;
  readonly history: readonly HistoryEvent[];
  readonly messages: readonly Message[];
}

export interface LeasedActivity extends NewActivity {
  readonly lease: Lease;
  readonly instanceId: string;
  readonly executionId: string;
  /** 1 the first time it is handed out; more after a lost lease. */
  readonly attempt: number;
}

export interface LeaseRequest {
  readonly owner: string;
  readonly now: number;
  readonly until: number;
  readonly limit: number;
}

export interface PageQuery extends InstanceFilter {
  readonly top: number;
  readonly after: string | null;
}

/** What a message to an instance met: `status` is the instance's before it, null when there is none. */
export interface Delivery {
  readonly delivered: boolean;
  readonly status: RuntimeStatus | null;
}

/** Durable state, shared by any number of hosts; `now` always comes from the caller's clock. */
export interface Store {
  /** Makes its tables when they are missing; can be called by several hosts at once. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** Calls `wake` when there may be work, from this process or another. */
  onWork(wake: () => void): void;

  /** Refuses while an unfinished one of that id exists; a finished one is replaced. */
  create(instance: NewInstance, now: number): Promise<RuntimeStatus | null>;
  find(instanceId: string): Promise<InstanceRecord | null>;
  history(instanceId: string): Promise<readonly HistoryEvent[]>;
  /** Ordered by id. */
  list(query: PageQuery): Promise<readonly InstanceRecord[]>;
  /** Delivered only when the instance has one of the statuses. */
  send(message: OutgoingMessage, allowed: readonly RuntimeStatus[]): Promise<Delivery>;
  /** Removes everything of the instances that match, and says how many there were. */
  purge(
    filter: InstanceFilter | { readonly instanceId: string; readonly finished: true },
  ): Promise<number>;

  leaseEpisodes(request: LeaseRequest): Promise<readonly LeasedEpisode[]>;
  /** False when the lease was lost: nothing is written then. */
  commitEpisode(lease: Lease, commit: EpisodeCommit): Promise<boolean>;
  releaseEpisode(lease: Lease): Promise<void>;

  leaseActivities(request: LeaseRequest): Promise<readonly LeasedActivity[]>;
  /** False when the lease was lost or the execution is over: nothing is recorded then. */
  completeActivity(lease: Lease, outcome: TaskOutcome, now: number): Promise<boolean>;
  releaseActivity(lease: Lease): Promise<void>;

  /** Prolongs the leases that are still held. */
  renew(tokens: readonly string[], until: number): Promise<void>;
  /** Gives back what an earlier life of this host held. */
  releaseOwner(owner: string): Promise<void>;
  /** When something that can't be taken now becomes due: a timer or the end of a lease. */
  nextDue(now: number): Promise<number | null>;
}
