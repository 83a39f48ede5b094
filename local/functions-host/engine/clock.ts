import type { Alarm, Clock } from "./task-hub.ts";

/** Node's timers can't wait longer; a longer wait is made of several. */
const LONGEST = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, ring) {
    const end = Date.now() + delayMs;
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const left = end - Date.now();
      timer = setTimeout(left > LONGEST ? wait : ring, Math.min(Math.max(left, 0), LONGEST));
    };
    wait();
    return { cancel: () => clearTimeout(timer) };
  },
};

interface Pending extends Alarm {
  readonly at: number;
  readonly ring: () => void;
}

/** A clock that stands still until it is told to jump. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #pending = new Set<Pending>();

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, ring: () => void): Alarm {
    const pending: Pending = {
      at: this.#now + Math.max(0, delayMs),
      ring,
      cancel: () => void this.#pending.delete(pending),
    };
    this.#pending.add(pending);
    return pending;
  }

  /** Jumps to the next alarm that is due by `limit` and rings it; false when there is none. */
  jump(limit = Number.POSITIVE_INFINITY): boolean {
    let next: Pending | null = null;
    for (const one of this.#pending)
      if (one.at < (next?.at ?? Number.POSITIVE_INFINITY)) next = one;
    if (!next || next.at > limit) return false;
    this.#pending.delete(next);
    this.#now = Math.max(this.#now, next.at);
    next.ring();
    return true;
  }

  /** Moves to a moment without ringing anything on the way. */
  set(now: number): void {
    this.#now = Math.max(this.#now, now);
  }
}
