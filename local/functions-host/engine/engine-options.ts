import type { Faults } from "./faults.ts";
import type { Store } from "./store.ts";
import type { Clock, EngineLog, FunctionInvoker } from "./task-hub.ts";

export interface EngineOptions {
  readonly store: Store;
  readonly invoker: FunctionInvoker;
  readonly log: EngineLog;
  readonly clock: Clock;
  readonly faults: Faults;
  /**
   * Who holds this host's leases. A name that is the same after a restart takes its leases back at once;
   * two hosts that run at the same time must not share it.
   */
  readonly owner: string;
  /** How long work stays with a host that says nothing any more. */
  readonly leaseMs: number;
  /** How often to look without being woken; null for a store that always wakes. */
  readonly pollMs: number | null;
  readonly maxEpisodes: number;
  readonly maxActivities: number;
  /** host.json's `functionTimeout`. */
  readonly functionTimeoutMs: number;
  /** host.json's `extensions.durableTask.defaultVersion`. */
  readonly defaultVersion: string | null;
}
