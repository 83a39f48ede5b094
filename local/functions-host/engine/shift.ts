import type { EngineOptions } from "./engine-options.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";

/** What the runners share with their dispatcher. */
export interface Shift extends EngineOptions {
  readonly keeper: LeaseKeeper;
  readonly signal: AbortSignal;
  /** Takes no more work: a host that is to die after a write must not begin on what it wrote. */
  readonly takeNoMore: () => void;
  /** Ends this host as a crash would: nothing more is written, leases are left to run out. */
  readonly crash: () => void;
  readonly crashed: () => boolean;
}
