export const VERBS = [
  "get",
  "list",
  "watch",
  "create",
  "update",
  "patch",
  "apply",
  "delete",
  "deletecollection",
  "log",
] as const;
export type Verb = (typeof VERBS)[number];

export type FaultEffect =
  /** Answered instead of doing it. */
  | {
      type: "status";
      code: 401 | 403 | 404 | 409 | 410 | 429 | 500 | 503 | 504;
      retryAfterSeconds?: number;
    }
  /** The connection is cut and nothing is done. */
  | { type: "cut" }
  /** Done, but this much later. */
  | { type: "slow"; ms: number }
  /** Done, and the connection is cut instead of an answer. */
  | { type: "lose-reply" }
  /** A watch begins and is cut soon. */
  | { type: "drop" };

export interface Fault {
  /** Absent: any. */
  verb?: Verb | undefined;
  /** "Secret"; absent: any. */
  kind?: string | undefined;
  name?: string | RegExp | undefined;
  /** The first matching request that is hit, from 1 (the next). */
  nth?: number;
  /** How many are hit in a row; 1 unless told. */
  times?: number | undefined;
  effect: FaultEffect;
}

/** A fault that waits for its requests. */
export interface PlannedFault {
  readonly fault: Fault;
  /** Requests that it hit. */
  readonly hits: number;
  /** How many it will hit yet; 0 when it is over. */
  readonly left: number;
}

interface Plan {
  readonly fault: Fault;
  skip: number;
  hits: number;
  left: number;
}

interface OpenWatch {
  readonly kind: string;
  readonly cut: () => void;
}

/** What goes wrong, request by request. */
export class Faults {
  private planned: Plan[] = [];
  private readonly watches = new Set<OpenWatch>();

  add(fault: Fault): PlannedFault {
    const plan = { fault, skip: (fault.nth ?? 1) - 1, hits: 0, left: fault.times ?? 1 };
    this.planned.push(plan);
    return plan;
  }

  remove(plan: PlannedFault): void {
    this.planned = this.planned.filter((other) => other !== plan);
  }

  clear(): void {
    this.planned = [];
  }

  has(plan: PlannedFault): boolean {
    return this.planned.some((other) => other === plan);
  }

  /** The effect on this request, which is counted by it. */
  take(verb: Verb, kind: string, name: string | undefined): FaultEffect | undefined {
    for (const plan of this.planned) {
      const { fault } = plan;
      const matches =
        (fault.verb ?? verb) === verb && (fault.kind ?? kind) === kind && isNamed(fault.name, name);
      if (!matches) continue;
      if (plan.skip > 0) {
        plan.skip -= 1;
        continue;
      }
      plan.hits += 1;
      plan.left -= 1;
      if (plan.left <= 0) this.remove(plan);
      return fault.effect;
    }
    return undefined;
  }

  /** A watch is open until the answer is called; cutting it has `cut` called. */
  watching(kind: string, cut: () => void): () => void {
    const watch = { kind, cut };
    this.watches.add(watch);
    return () => this.watches.delete(watch);
  }

  get openWatches(): number {
    return this.watches.size;
  }

  /** Cuts the watches that are open now; how many there were. */
  dropWatches(kind?: string): number {
    const found = [...this.watches].filter((watch) => kind === undefined || watch.kind === kind);
    for (const { cut } of found) cut();
    return found.length;
  }
}

function isNamed(wanted: string | RegExp | undefined, name: string | undefined): boolean {
  if (wanted === undefined) return true;
  if (wanted instanceof RegExp) return name !== undefined && wanted.test(name);
  return wanted === name;
}
