import { randomUUID } from "node:crypto";
import { systemClock } from "./clock.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { EngineOptions } from "./engine-options.ts";
import { noFaults } from "./faults.ts";
import { StoreTaskHub } from "./store-task-hub.ts";
import type { TaskHub } from "./task-hub.ts";

/** The durable backend of one host. */
export interface Engine {
  readonly hub: TaskHub;
  readonly dispatcher: Dispatcher;
  /** Opens the store and begins to take work. */
  start(): Promise<void>;
  /** Lets running functions end, up to the bound; does not close the store. */
  stop(boundMs?: number): Promise<void>;
}

type Needed = "store" | "invoker" | "log";

/** Puts a task hub and its dispatcher on a store. */
export function createEngine(
  options: Pick<EngineOptions, Needed> & Partial<Omit<EngineOptions, Needed>>,
): Engine {
  const complete: EngineOptions = {
    clock: systemClock,
    faults: noFaults,
    owner: randomUUID(),
    leaseMs: 15_000,
    pollMs: 2_000,
    maxEpisodes: 20,
    maxActivities: 20,
    functionTimeoutMs: 300_000,
    defaultVersion: null,
    ...options,
  };
  const dispatcher = new Dispatcher(complete);
  return {
    hub: new StoreTaskHub(complete),
    dispatcher,
    start: () => dispatcher.start(),
    stop: (boundMs) => dispatcher.stop(boundMs),
  };
}
