import type { Alarm, Clock, EngineLog } from "./task-hub.ts";
import type { Store } from "./store.ts";

/** Prolongs the leases of what this host is working on, three times in each lease's life. */
export class LeaseKeeper {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #log: EngineLog;
  readonly #held = new Set<string>();
  #alarm: Alarm | null = null;

  constructor(store: Store, clock: Clock, leaseMs: number, log: EngineLog) {
    this.#store = store;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#log = log;
  }

  hold(token: string): void {
    this.#held.add(token);
    this.#alarm ??= this.#arm();
  }

  drop(token: string): void {
    this.#held.delete(token);
    if (this.#held.size === 0) this.dropAll();
  }

  dropAll(): void {
    this.#held.clear();
    this.#alarm?.cancel();
    this.#alarm = null;
  }

  #arm(): Alarm {
    return this.#clock.after(this.#leaseMs / 3, () => {
      this.#alarm = this.#arm();
      void this.#renew();
    });
  }

  async #renew(): Promise<void> {
    try {
      await this.#store.renew([...this.#held], this.#clock.now() + this.#leaseMs);
    } catch (error) {
      this.#log(
        "warning",
        `leases could not be prolonged, work may be done twice: ${String(error)}`,
      );
    }
  }
}
