import type { VirtualClock } from "./clock.ts";
import type { Dispatcher } from "./dispatcher.ts";

const BOUND_MS = 60_000;

/**
 * Lets the dispatchers work and time jump from one due timer to the next, until `done` says so, until
 * nothing is left to wait for, or until `limit` (a moment) is reached.
 */
export async function runVirtually(
  clock: VirtualClock,
  dispatchers: readonly Dispatcher[],
  done: () => boolean | Promise<boolean> = () => false,
  limit = Number.POSITIVE_INFINITY,
): Promise<void> {
  const end = Date.now() + BOUND_MS;
  for (;;) {
    if (Date.now() > end) throw new Error(`virtual time still has work after ${BOUND_MS} real ms`);
    await allIdle(dispatchers);
    if (await done()) return;
    if (clock.jump(limit)) continue;
    if (Number.isFinite(limit)) clock.set(limit);
    return;
  }
}

/** Work of one dispatcher may be another's next: all must be idle at the same moment. */
async function allIdle(dispatchers: readonly Dispatcher[]): Promise<void> {
  for (let quiet = 0; quiet < 2; quiet += 1) {
    for (const one of dispatchers) await one.idle();
  }
}
