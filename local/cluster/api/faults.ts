export type Verb =
  | "get"
  | "list"
  | "watch"
  | "create"
  | "update"
  | "patch"
  | "apply"
  | "delete"
  | "deletecollection"
  | "log";

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
  | { type: "lose-reply" };

export interface Fault {
  /** Absent: any. */
  verb?: Verb;
  /** "Secret"; absent: any. */
  kind?: string;
  name?: string;
  /** The first matching request that is hit, from 1 (the next). */
  nth?: number;
  /** How many are hit in a row; 1 unless told. */
  times?: number;
  effect: FaultEffect;
}

/** What tests let go wrong, request by request. */
export class Faults {
  private planned: { fault: Fault; skip: number; left: number }[] = [];

  add(fault: Fault): void {
    this.planned.push({ fault, skip: (fault.nth ?? 1) - 1, left: fault.times ?? 1 });
  }

  clear(): void {
    this.planned = [];
  }

  /** The effect on this request, which is counted by it. */
  take(verb: Verb, kind: string, name: string | undefined): FaultEffect | undefined {
    for (const plan of this.planned) {
      const { fault } = plan;
      const matches =
        (fault.verb ?? verb) === verb &&
        (fault.kind ?? kind) === kind &&
        (fault.name ?? name) === name;
      if (!matches) continue;
      if (plan.skip > 0) {
        plan.skip -= 1;
        continue;
      }
      plan.left -= 1;
      if (plan.left <= 0) this.planned = this.planned.filter((other) => other !== plan);
      return fault.effect;
    }
    return undefined;
  }
}
