import type { Fence } from "../domain/cluster.ts";
import { DomainError } from "../domain/errors.ts";

/**
 * A fence that also holds back an activity which was given up because its time was over: it goes on in its process,
 * and what it made after the clean-up of its create would stay for ever.
 */
export function fenceOf(signal: AbortSignal, assertWanted: () => Promise<void>): Fence {
  return async () => {
    await assertWanted();
    if (signal.aborted) {
      throw new DomainError("activity-lost", "the time of this step is over; another run has it");
    }
  };
}
