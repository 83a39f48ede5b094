import { ApiStatusError } from "../store/status-error.ts";
import type { Clock } from "./clock.ts";

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 10_000;

/** Works on one key at a time each, again when it was named meanwhile, later when it failed. */
export class WorkQueue {
  private readonly clock: Clock;
  private readonly work: (key: string) => Promise<void>;
  private readonly running = new Map<string, Promise<void>>();
  private readonly again = new Set<string>();
  private readonly timers = new Map<string, () => void>();
  private readonly failures = new Map<string, number>();
  private stopped = false;

  constructor(clock: Clock, work: (key: string) => Promise<void>) {
    this.clock = clock;
    this.work = work;
  }

  add(key: string): void {
    if (this.stopped) return;
    if (this.running.has(key)) {
      this.again.add(key);
      return;
    }
    this.timers.get(key)?.();
    this.timers.delete(key);
    this.running.set(key, this.run(key));
  }

  addAfter(key: string, ms: number): void {
    if (this.stopped) return;
    this.timers.get(key)?.();
    this.timers.set(
      key,
      this.clock.after(ms, () => {
        this.timers.delete(key);
        this.add(key);
      }),
    );
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
    await Promise.all(this.running.values());
  }

  private async run(key: string): Promise<void> {
    // Several changes in one turn of the event loop are one piece of work.
    await Promise.resolve();
    try {
      await this.work(key);
      this.failures.delete(key);
    } catch (error) {
      this.retry(key, error);
    }
    this.running.delete(key);
    if (this.again.delete(key)) this.add(key);
  }

  private retry(key: string, error: unknown): void {
    if (this.stopped) return;
    const failures = (this.failures.get(key) ?? 0) + 1;
    this.failures.set(key, failures);
    // What went away or changed meanwhile is ordinary; the rest is ours to know.
    if (!(error instanceof ApiStatusError)) {
      process.stderr.write(`cluster: working on ${key} failed: ${String(error)}\n`);
    }
    this.addAfter(key, Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS));
  }
}
