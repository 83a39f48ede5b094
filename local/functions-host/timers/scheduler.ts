import type { Alarm, Clock } from "../engine/task-hub.ts";
import type { TypedData } from "../worker/core.ts";
import type { TimerFunction } from "../worker/functions.ts";

export interface TimerOptions {
  readonly functions: readonly TimerFunction[];
  readonly clock: Clock;
  /** Runs the function; never rejects. */
  readonly run: (fn: TimerFunction, data: TypedData) => Promise<void>;
}

/** `setTimeout` takes no more than 24 days; a shorter hop also follows a clock that was set. */
const LONGEST_WAIT_MS = 3_600_000;
const NEVER = "0001-01-01T00:00:00";

/** One timer function on its schedule: never two scheduled runs at once, missed ticks become one run right after. */
class ScheduledTimer {
  readonly #fn: TimerFunction;
  readonly #options: TimerOptions;
  #alarm: Alarm | undefined;
  #last: number | undefined;
  #stopped = false;

  constructor(fn: TimerFunction, options: TimerOptions) {
    this.#fn = fn;
    this.#options = options;
  }

  start(): void {
    const { clock } = this.#options;
    if (this.#fn.runOnStartup) void this.#runThenWait();
    else this.#waitUntil(this.#fn.schedule.next(clock.now()));
  }

  stop(): void {
    this.#stopped = true;
    this.#alarm?.cancel();
  }

  /** The payload in the members of the real host; the library turns them into camelCase. */
  payload(): TypedData {
    const { clock } = this.#options;
    const iso = (time: number | undefined) =>
      time === undefined ? NEVER : new Date(time).toISOString();
    const data = {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: {
        Last: iso(this.#last),
        LastUpdated: iso(this.#last),
        Next: iso(this.#fn.schedule.next(clock.now())),
      },
      IsPastDue: false,
    };
    return { json: JSON.stringify(data) };
  }

  async #runThenWait(): Promise<void> {
    const { clock, run } = this.#options;
    const started = clock.now();
    await run(this.#fn, this.payload());
    this.#last = started;
    // Counted from the start of this run, so that a tick missed meanwhile is due at once.
    this.#waitUntil(this.#fn.schedule.next(started));
  }

  #waitUntil(due: number | undefined): void {
    if (this.#stopped || due === undefined) return;
    const { clock } = this.#options;
    const left = Math.max(0, due - clock.now());
    this.#alarm = clock.after(Math.min(left, LONGEST_WAIT_MS), () => {
      if (clock.now() < due) this.#waitUntil(due);
      else void this.#runThenWait();
    });
  }
}

export interface RunningTimers {
  /** Runs one by hand, beside its schedule. */
  runNow(fn: TimerFunction): void;
  stop(): void;
}

export function startTimers(options: TimerOptions): RunningTimers {
  const timers = new Map(options.functions.map((fn) => [fn, new ScheduledTimer(fn, options)]));
  for (const timer of timers.values()) timer.start();
  return {
    runNow: (fn) => {
      const timer = timers.get(fn);
      if (timer !== undefined) void options.run(fn, timer.payload());
    },
    stop: () => {
      for (const timer of timers.values()) timer.stop();
    },
  };
}
