import { randomUUID } from "node:crypto";
import {
  EVENT,
  type HistoryEvent,
  type TaskOutcome,
  activitySettled,
  executionStarted,
} from "./history.ts";
import { refusedChild } from "./outcome.ts";
import type {
  Delivery,
  EpisodeCommit,
  InstanceRecord,
  Lease,
  LeaseRequest,
  LeasedActivity,
  LeasedEpisode,
  Message,
  NewInstance,
  OutgoingMessage,
  PageQuery,
  Store,
} from "./store.ts";
import { type InstanceFilter, type RuntimeStatus, isFinished } from "./task-hub.ts";

interface Entry extends Message {
  readonly visibleAt: number;
  readonly order: number;
}

interface Held {
  record: InstanceRecord;
  history: readonly HistoryEvent[];
  inbox: Entry[];
  lease: Lease | null;
}

interface Queued extends Omit<LeasedActivity, "lease"> {
  readonly lease: Lease | null;
}

/** Durable as long as the process: for tests, above all those in virtual time. */
export class MemoryStore implements Store {
  readonly #instances = new Map<string, Held>();
  readonly #activities = new Map<string, Queued>();
  readonly #wakes = new Set<() => void>();
  #count = 0;

  async open(): Promise<void> {}
  async close(): Promise<void> {}

  onWork(wake: () => void): void {
    this.#wakes.add(wake);
  }

  async create(instance: NewInstance, now: number): Promise<RuntimeStatus | null> {
    const existing = this.#create(instance, now);
    this.#wake();
    return existing;
  }

  async find(instanceId: string): Promise<InstanceRecord | null> {
    return this.#instances.get(instanceId)?.record ?? null;
  }

  async history(instanceId: string): Promise<readonly HistoryEvent[]> {
    return this.#instances.get(instanceId)?.history ?? [];
  }

  async list({ top, after, ...filter }: PageQuery): Promise<readonly InstanceRecord[]> {
    return this.#matching(filter)
      .filter(({ instanceId }) => after === null || instanceId > after)
      .sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1))
      .slice(0, top);
  }

  async send(message: OutgoingMessage, allowed: readonly RuntimeStatus[]): Promise<Delivery> {
    const held = this.#instances.get(message.instanceId);
    const status = held?.record.status ?? null;
    if (!held || status === null || !allowed.includes(status)) return { delivered: false, status };
    this.#post(held, message);
    this.#wake();
    return { delivered: true, status };
  }

  async purge(
    filter: InstanceFilter | { readonly instanceId: string; readonly finished: true },
  ): Promise<number> {
    const matching = this.#matching("instanceId" in filter ? {} : filter).filter(
      ({ instanceId, status }) =>
        !("instanceId" in filter) || (instanceId === filter.instanceId && isFinished(status)),
    );
    const gone = new Set(matching.map(({ instanceId }) => instanceId));
    for (const id of gone) this.#instances.delete(id);
    for (const [key, { instanceId }] of this.#activities) {
      if (gone.has(instanceId)) this.#activities.delete(key);
    }
    return gone.size;
  }

  async leaseEpisodes({ owner, now, until, limit }: LeaseRequest): Promise<LeasedEpisode[]> {
    const leased: LeasedEpisode[] = [];
    for (const held of this.#instances.values()) {
      if (leased.length >= limit) break;
      if (isHeld(held.lease, now)) continue;
      const messages = due(held, now);
      if (messages.length === 0) continue;
      const lease = { token: randomUUID(), owner, until };
      held.lease = lease;
      leased.push({ lease, instance: held.record, history: held.history, messages });
    }
    return leased;
  }

  async commitEpisode(lease: Lease, commit: EpisodeCommit): Promise<boolean> {
    const { instance, consumed, events, replace, activities, messages, children } = commit;
    const held = this.#instances.get(instance.instanceId);
    if (held?.lease?.token !== lease.token) return false;
    const old = held.record.executionId;
    const read = new Set(consumed);
    held.lease = null;
    held.record = instance;
    held.history = replace ? events : [...held.history, ...events];
    held.inbox = isFinished(instance.status)
      ? []
      : held.inbox.filter(
          ({ id, executionId }) => !read.has(id) && !(replace && executionId === old),
        );
    for (const activity of activities) {
      const { instanceId, executionId } = instance;
      const key = [instanceId, executionId, activity.taskId].join(" ");
      this.#activities.set(key, { ...activity, instanceId, executionId, attempt: 0, lease: null });
    }
    for (const message of messages) this.#deliver(message);
    for (const child of children) this.#createChild(child, instance.updatedAt);
    this.#wake();
    return true;
  }

  async releaseEpisode(lease: Lease): Promise<void> {
    for (const held of this.#instances.values()) {
      if (held.lease?.token === lease.token) held.lease = null;
    }
    this.#wake();
  }

  async leaseActivities({ owner, now, until, limit }: LeaseRequest): Promise<LeasedActivity[]> {
    const leased: LeasedActivity[] = [];
    for (const [key, queued] of this.#activities) {
      if (leased.length >= limit) break;
      if (isHeld(queued.lease, now)) continue;
      const lease = { token: randomUUID(), owner, until };
      const taken = { ...queued, lease, attempt: queued.attempt + 1 };
      this.#activities.set(key, taken);
      leased.push(taken);
    }
    return leased;
  }

  async completeActivity(lease: Lease, outcome: TaskOutcome, now: number): Promise<boolean> {
    const found = this.#leased(lease);
    if (!found) return false;
    const [key, { instanceId, executionId, taskId }] = found;
    this.#activities.delete(key);
    const event = activitySettled(now, taskId, outcome);
    const delivered = this.#deliver({ instanceId, executionId, event, visibleAt: now });
    this.#wake();
    return delivered;
  }

  async releaseActivity(lease: Lease): Promise<void> {
    const found = this.#leased(lease);
    if (found) this.#activities.set(found[0], { ...found[1], lease: null });
    this.#wake();
  }

  async renew(tokens: readonly string[], until: number): Promise<void> {
    const wanted = new Set(tokens);
    this.#mapLeases((lease) => (wanted.has(lease.token) ? { ...lease, until } : lease));
  }

  async releaseOwner(owner: string): Promise<void> {
    this.#mapLeases((lease) => (lease.owner === owner ? null : lease));
  }

  async nextDue(now: number): Promise<number | null> {
    let next = Number.POSITIVE_INFINITY;
    const consider = (at: number) => {
      if (at > now && at < next) next = at;
    };
    for (const held of this.#instances.values()) {
      if (held.lease) consider(held.lease.until);
      if (held.record.status === "Suspended") continue;
      for (const { visibleAt } of held.inbox) consider(visibleAt);
    }
    for (const { lease } of this.#activities.values()) if (lease) consider(lease.until);
    return next === Number.POSITIVE_INFINITY ? null : next;
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
  }

  #matching({ instanceIdPrefix, createdTimeFrom, createdTimeTo, runtimeStatus }: InstanceFilter) {
    const statuses = runtimeStatus ?? [];
    return [...this.#instances.values()]
      .map(({ record }) => record)
      .filter(
        ({ instanceId, createdAt, status }) =>
          instanceId.startsWith(instanceIdPrefix ?? "") &&
          createdAt >= (createdTimeFrom?.getTime() ?? Number.NEGATIVE_INFINITY) &&
          createdAt <= (createdTimeTo?.getTime() ?? Number.POSITIVE_INFINITY) &&
          (statuses.length === 0 || statuses.includes(status)),
      );
  }

  #create(instance: NewInstance, now: number): RuntimeStatus | null {
    const existing = this.#instances.get(instance.instanceId)?.record.status;
    if (existing !== undefined && !isFinished(existing)) return existing;
    const record: InstanceRecord = {
      ...instance,
      status: "Pending",
      output: null,
      customStatus: null,
      createdAt: now,
      updatedAt: now,
    };
    const held: Held = { record, history: [], inbox: [], lease: null };
    this.#instances.set(instance.instanceId, held);
    const event = executionStarted(now, instance);
    this.#post(held, { ...instance, event, visibleAt: now });
    return null;
  }

  #createChild(child: NewInstance, now: number): void {
    const existing = this.#create(child, now);
    if (existing !== null) this.#deliver(refusedChild(child, existing, now));
  }

  #deliver(message: OutgoingMessage): boolean {
    const held = this.#instances.get(message.instanceId);
    if (!held || isFinished(held.record.status)) return false;
    const { executionId } = message;
    if (executionId !== null && executionId !== held.record.executionId) return false;
    this.#post(held, message);
    return true;
  }

  #post(held: Held, { executionId, event, visibleAt, first }: OutgoingMessage): void {
    this.#count += 1;
    const order = first ? this.#count - Number.MAX_SAFE_INTEGER : this.#count;
    held.inbox.push({ id: String(this.#count), executionId, event, visibleAt, order });
  }

  #leased(lease: Lease): [string, Queued] | null {
    for (const one of this.#activities) if (one[1].lease?.token === lease.token) return one;
    return null;
  }

  #mapLeases(change: (lease: Lease) => Lease | null): void {
    for (const held of this.#instances.values()) held.lease = held.lease && change(held.lease);
    for (const [key, queued] of this.#activities) {
      this.#activities.set(key, { ...queued, lease: queued.lease && change(queued.lease) });
    }
    this.#wake();
  }
}

function isHeld(lease: Lease | null, now: number): boolean {
  return lease !== null && lease.until > now;
}

/** A suspended instance wakes only to be resumed or terminated. */
function due({ record, inbox }: Held, now: number): readonly Message[] {
  const visible = inbox.filter(({ visibleAt }) => visibleAt <= now);
  const wakes =
    record.status !== "Suspended" ||
    visible.some(({ event: { EventType: type } }) => WAKES_SUSPENDED.has(type));
  const early = ({ order }: Entry) => (order < 0 ? 0 : 1);
  return wakes
    ? visible.sort((a, b) => early(a) - early(b) || a.visibleAt - b.visibleAt || a.order - b.order)
    : [];
}

const WAKES_SUSPENDED: ReadonlySet<number> = new Set([
  EVENT.ExecutionResumed,
  EVENT.ExecutionTerminated,
]);
