import { ActivityRunner } from "./activity-runner.ts";
import { EpisodeRunner } from "./episode-runner.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import type { EngineOptions } from "./engine-options.ts";
import type { Shift } from "./shift.ts";
import type { Lease, LeaseRequest } from "./store.ts";
import type { Alarm } from "./task-hub.ts";

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;

/** Takes work from the store by lease, as much as there are free hands, and is woken when there is more. */
export class Dispatcher {
  readonly #options: EngineOptions;
  readonly #keeper: LeaseKeeper;
  readonly #episodes: EpisodeRunner;
  readonly #activities: ActivityRunner;
  readonly #abort = new AbortController();
  readonly #running = new Set<Lease>();
  #episodeCount = 0;
  #state: "new" | "open" | "doomed" | "stopping" | "stopped" | "crashed" = "new";
  #pumping = false;
  #again = false;
  #retryMs = FIRST_RETRY_MS;
  #alarm: Alarm | null = null;
  #idle: (() => void)[] = [];

  constructor(options: EngineOptions) {
    this.#options = options;
    const { store, clock, leaseMs, log } = options;
    this.#keeper = new LeaseKeeper(store, clock, leaseMs, log);
    const shift: Shift = {
      ...options,
      keeper: this.#keeper,
      signal: this.#abort.signal,
      takeNoMore: () => (this.#state = "doomed"),
      crash: () => this.#crash(),
      crashed: () => this.#state === "crashed" || this.#state === "stopped",
    };
    this.#episodes = new EpisodeRunner(shift);
    this.#activities = new ActivityRunner(shift);
  }

  get crashed(): boolean {
    return this.#state === "crashed";
  }

  async start(): Promise<void> {
    const { store, owner } = this.#options;
    await store.open();
    await store.releaseOwner(owner);
    store.onWork(() => this.#wake());
    this.#state = "open";
    this.#wake();
  }

  /** Waits for what runs, up to `boundMs`; what runs longer is aborted and left to the next host. */
  async stop(boundMs = 5_000): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "stopping";
    this.#alarm?.cancel();
    await Promise.race([this.idle(), new Promise((done) => setTimeout(done, boundMs).unref())]);
    this.#state = "stopped";
    this.#abort.abort(new Error("the host stops"));
    this.#keeper.dropAll();
    const left = [...this.#running];
    if (left.length > 0) {
      this.#options.log("warning", `${left.length} functions did not end in time; they run again`);
    }
    const { store } = this.#options;
    await Promise.allSettled(
      left.flatMap((lease) => [store.releaseEpisode(lease), store.releaseActivity(lease)]),
    );
  }

  /** Resolves when nothing runs and nothing is due. */
  async idle(): Promise<void> {
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #isIdle(): boolean {
    return this.crashed || (!this.#pumping && this.#running.size === 0);
  }

  #crash(): void {
    this.#options.faults.crash();
    this.#state = "crashed";
    this.#alarm?.cancel();
    this.#keeper.dropAll();
    this.#abort.abort(new Error("the host crashed"));
    this.#settle();
  }

  #settle(): void {
    if (!this.#isIdle()) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resume of waiting) resume();
  }

  #wake(): void {
    if (this.#state !== "open") return;
    this.#again = true;
    if (this.#pumping) return;
    this.#pumping = true;
    this.#alarm?.cancel();
    void this.#pump();
  }

  async #pump(): Promise<void> {
    let next: number | null = null;
    while (this.#again && this.#state === "open") {
      this.#again = false;
      next = await this.#takeSafely();
    }
    this.#pumping = false;
    if (this.#state === "open" && next !== null) {
      this.#alarm = this.#options.clock.after(next, () => this.#wake());
    }
    this.#settle();
  }

  /** Returns how long to wait for the next look; null when only a wake-up can bring work. */
  async #takeSafely(): Promise<number | null> {
    try {
      const next = await this.#take();
      if (this.#retryMs > FIRST_RETRY_MS) this.#options.log("info", "the durable store is back");
      this.#retryMs = FIRST_RETRY_MS;
      return next;
    } catch (error) {
      const delay = this.#retryMs;
      if (delay === FIRST_RETRY_MS) {
        this.#options.log(
          "error",
          `the durable store does not answer; trying on: ${String(error)}`,
        );
      }
      this.#retryMs = Math.min(delay * 2, LONGEST_RETRY_MS);
      return delay;
    }
  }

  async #take(): Promise<number | null> {
    const { store, clock, maxEpisodes, maxActivities, pollMs } = this.#options;
    const activityCount = this.#running.size - this.#episodeCount;
    const freeEpisodes = maxEpisodes - this.#episodeCount;
    const freeActivities = maxActivities - activityCount;
    if (freeEpisodes > 0) {
      for (const work of await store.leaseEpisodes(this.#request(freeEpisodes))) {
        if (this.#state === "doomed") return null;
        this.#episodeCount += 1;
        void this.#run(work.lease, this.#episodes.run(work)).then(() => (this.#episodeCount -= 1));
      }
    }
    if (freeActivities > 0) {
      for (const work of await store.leaseActivities(this.#request(freeActivities))) {
        if (this.#state === "doomed") return null;
        void this.#run(work.lease, this.#activities.run(work));
      }
    }
    const now = clock.now();
    const due = await store.nextDue(now);
    const waits = [due === null ? null : due - now, pollMs].filter((one) => one !== null);
    return waits.length === 0 ? null : Math.min(...waits);
  }

  #request(limit: number): LeaseRequest {
    const { owner, clock, leaseMs } = this.#options;
    const now = clock.now();
    return { owner, now, until: now + leaseMs, limit };
  }

  async #run(lease: Lease, work: Promise<void>): Promise<void> {
    this.#running.add(lease);
    this.#keeper.hold(lease.token);
    try {
      await work;
    } catch (error) {
      const text = `work was given up and is tried again when its lease runs out: ${String(error)}`;
      this.#options.log("error", text);
    } finally {
      this.#running.delete(lease);
      this.#keeper.drop(lease.token);
    }
    this.#wake();
    this.#settle();
  }
}
