import type { InstanceState } from "./instance.ts";

/** The legal changes of an instance's state; anything else is an error, never a silent write. */
export const transitions = {
  creating: ["running", "failed", "deleting"],
  running: ["deleting"],
  failed: ["deleting"],
  deleting: ["deleted", "failed"],
  deleted: [],
} as const satisfies Record<InstanceState, readonly InstanceState[]>;

export function mayBecome(from: InstanceState, to: InstanceState): boolean {
  return (transitions[from] as readonly InstanceState[]).includes(to);
}

/** The states from which `to` may be reached: what a compare-and-set asks for. */
export function sourcesOf(to: InstanceState): readonly InstanceState[] {
  return (Object.keys(transitions) as InstanceState[]).filter((from) => mayBecome(from, to));
}
