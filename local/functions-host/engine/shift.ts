import type { EngineOptions } from "./engine-options.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";

/** What the runners share with their dispatcher. */
export interface Shift extends EngineOptions {
  readonly keeper: LeaseKeeper;
  readonly signal: AbortSignal;
  /** Ends this host as a crash would: nothing more is written, leases are left to run out. */
  readonly crash: () => void;
  readonly crashed: () => boolean;
}
