/** The only source of time for controllers and kubelet, so that tests can hold the hands. */
export interface Clock {
  now(): Date;
  /** Runs once after the time; the answer calls it off. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => new Date(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Waits; an abort ends the wait early. Never throws. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const end = (): void => {
      cancel();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal?.addEventListener("abort", end);
  });
}

/** A time as Kubernetes writes it: whole seconds, UTC. */
export const timestamp = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, "Z");
