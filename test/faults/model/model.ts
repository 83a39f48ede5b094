import { mayBecome } from "../../../src/domain/transitions.ts";
import type { InstanceState } from "../../../src/domain/instance.ts";

/** What must be true, told by what the API has accepted. */
export interface Accepted {
  readonly id: string;
  readonly name: string;
  readonly create: string;
  delete?: string;
  state: InstanceState;
}

export class Model {
  /** Nothing of what was accepted is ever lost. */
  readonly accepted: Accepted[] = [];
  /** The instance that an idempotency key has made. */
  readonly keys = new Map<string, string>();

  live(name: string): Accepted | undefined {
    return this.accepted.findLast((it) => it.name === name && it.state !== "deleted");
  }

  latest(name: string): Accepted | undefined {
    return this.accepted.findLast((it) => it.name === name);
  }

  /** Takes in a state that was seen; a sentence when there is no legal way to it. */
  see(instance: Accepted, state: InstanceState): string | undefined {
    const from = instance.state;
    instance.state = state;
    return from === state || reaches(from, state)
      ? undefined
      : `"${instance.name}" went from ${from} to ${state}`;
  }
}

const STATES = ["creating", "running", "deleting", "deleted", "failed"] as const;

/** By legal transitions, of which some may have passed unseen. */
function reaches(from: InstanceState, to: InstanceState): boolean {
  const seen = new Set<InstanceState>([from]);
  const queue: InstanceState[] = [from];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const next of STATES) {
      if (seen.has(next) || !mayBecome(at, next)) continue;
      if (next === to) return true;
      seen.add(next);
      queue.push(next);
    }
  }
  return false;
}
