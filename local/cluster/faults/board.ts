import type { FaultEffect, Faults, PlannedFault } from "../api/faults.ts";
import type { Clock } from "../controllers/clock.ts";
import { isApiFault, type ApiFaultRequest, type FaultRequest } from "./request.ts";

/** What befalls nodes, volumes and load balancers rather than requests. */
export type ObjectFault = Exclude<FaultRequest, ApiFaultRequest | { fault: "watch-dropped" }>;

/** A fault that was asked for and is not over. */
export interface ActiveFault {
  readonly id: string;
  readonly request: FaultRequest;
  /** When it is over by itself. */
  readonly until?: string;
  /** How often it has happened. */
  readonly hits: number;
  /** How often it will happen yet, when that was asked for. */
  readonly left?: number;
}

interface Entry {
  readonly id: string;
  readonly request: FaultRequest;
  readonly until: Date | undefined;
  readonly plan: PlannedFault | undefined;
  readonly cancel: () => void;
  hits: number;
}

/** The faults that were asked for while the cluster runs. They live in this process and end with it. */
export class FaultBoard {
  private readonly api: Faults;
  private readonly clock: Clock;
  private readonly entries = new Map<string, Entry>();
  private readonly listeners = new Set<() => void>();
  private count = 0;

  constructor(api: Faults, clock: Clock) {
    this.api = api;
    this.clock = clock;
  }

  /** Undefined when all of it has happened already: watches that were cut just now. */
  add(request: FaultRequest): ActiveFault | undefined {
    if (request.fault === "watch-dropped") {
      this.api.dropWatches(request.kind);
      if (request.forSeconds === undefined && request.times === undefined) return undefined;
    }
    this.count += 1;
    const id = String(this.count);
    const ms = request.forSeconds === undefined ? undefined : request.forSeconds * 1_000;
    const entry: Entry = {
      id,
      request,
      until: ms === undefined ? undefined : new Date(this.clock.now().getTime() + ms),
      plan: this.planFor(request),
      cancel: ms === undefined ? () => undefined : this.clock.after(ms, () => this.remove(id)),
      hits: 0,
    };
    this.entries.set(id, entry);
    this.changed();
    return shown(entry);
  }

  list(): ActiveFault[] {
    for (const { id, plan } of [...this.entries.values()])
      if (plan !== undefined && !this.api.has(plan)) this.entries.delete(id);
    return [...this.entries.values()].map(shown);
  }

  /** False when there is none of this id. */
  remove(id: string): boolean {
    const entry = this.entries.get(id);
    if (entry === undefined) return false;
    this.entries.delete(id);
    entry.cancel();
    if (entry.plan !== undefined) this.api.remove(entry.plan);
    this.changed();
    return true;
  }

  /** How many there were. */
  clear(): number {
    const ids = this.list().map(({ id }) => id);
    for (const id of ids) this.remove(id);
    return ids.length;
  }

  /** The fault of this kind that befalls the object of this name, which is counted by it. */
  take<N extends ObjectFault["fault"]>(
    fault: N,
    name: string,
  ): Extract<ObjectFault, { fault: N }> | undefined {
    for (const entry of this.entries.values()) {
      const { request } = entry;
      if (!isOf(request, fault) || !concerns(request.instance, name)) continue;
      entry.hits += 1;
      if (entry.hits >= (request.times ?? Number.POSITIVE_INFINITY)) this.remove(entry.id);
      return request;
    }
    return undefined;
  }

  /** Calls it whenever a fault begins or ends; the answer calls it off. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private changed(): void {
    for (const listener of [...this.listeners]) listener();
  }

  private planFor(request: FaultRequest): PlannedFault | undefined {
    const { forSeconds, times = forSeconds === undefined ? 1 : Number.POSITIVE_INFINITY } = request;
    if (request.fault === "watch-dropped") {
      return this.api.add({ verb: "watch", kind: request.kind, times, effect: { type: "drop" } });
    }
    if (!isApiFault(request)) return undefined;
    const { verb, kind, name, instance } = request;
    const named = name ?? (instance === undefined ? undefined : namesOf(instance));
    return this.api.add({ verb, kind, name: named, times, effect: effectOf(request) });
  }
}

const isOf = <N extends ObjectFault["fault"]>(
  request: FaultRequest,
  fault: N,
): request is Extract<ObjectFault, { fault: N }> => request.fault === fault;

const namesOf = (instance: string): RegExp =>
  new RegExp(`^pg-${instance}-[0-9a-f]{8}(-(0|[a-z]+))?$`);

const concerns = (instance: string | undefined, name: string): boolean =>
  instance === undefined || namesOf(instance).test(name);

function effectOf(request: ApiFaultRequest): FaultEffect {
  switch (request.fault) {
    case "api-slow":
      return { type: "slow", ms: request.delaySeconds * 1_000 };
    case "api-403":
      return { type: "status", code: 403 };
    case "api-409":
      return { type: "status", code: 409 };
    case "api-429":
      return { type: "status", code: 429, retryAfterSeconds: request.retryAfterSeconds };
    case "api-500":
      return { type: "status", code: 500 };
    case "api-cut":
      return { type: "cut" };
    case "api-lose-reply":
      return { type: "lose-reply" };
  }
}

function shown({ id, request, until, plan, hits }: Entry): ActiveFault {
  const happened = plan?.hits ?? hits;
  const left = plan === undefined ? (request.times ?? Infinity) - hits : plan.left;
  return {
    id,
    request,
    ...(until !== undefined && { until: until.toISOString() }),
    hits: happened,
    ...(Number.isFinite(left) && { left }),
  };
}
