import type { Cluster } from "./cluster.ts";
import type { Ledger } from "./metadata.ts";
import type { Certificates, Passwords, PostgresServers } from "./postgres.ts";

/** The settings that activities follow; parsed once in `src/config.ts`. */
export interface Settings {
  /** Always allowed, beside an instance's own ranges, so that the control plane can reach it. */
  readonly controlPlaneCidrs: readonly string[];
  /** How an address that only the cluster's network knows is reached; absent: directly, as the app is part of that network. */
  readonly instanceAccess?: "direct" | "port-forward" | undefined;
  readonly healthIntervalMs: number;
  /** The interval while an instance is failing. */
  readonly healthRetryMs: number;
  /** How often an unchanged health is written to the metadata all the same. */
  readonly healthWriteIntervalMs: number;
}

/** Wall-clock time, a port so that tests can hold it still. */
export interface Clock {
  now(): Date;
}

/** All that activities may touch. */
export interface Services {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly cluster: Cluster;
  readonly postgres: PostgresServers;
  readonly certificates: Certificates;
  readonly passwords: Passwords;
}
