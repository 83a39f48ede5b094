import { AsyncLocalStorage } from "node:async_hooks";

/** Facts of one line of the log: scalars only, so that a query reads them by name; never a secret. */
export type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** One JSON line a call: a noun and what happened to it (`step.started`), and flat facts. */
export interface Log {
  info(event: string, facts?: Facts): void;
  warn(event: string, facts?: Facts): void;
  error(event: string, facts?: Facts): void;
}

/**
 * What is being worked at: a request, an activity or a timer. `log` is the log of that invocation, so that the host
 * files a line under it, and `facts` are its ids (`requestId` and `endpoint`, or `activity`, `operationId` and
 * `instanceId`; `log` adds an activity's `orchestrationId` by itself).
 */
export interface Trace {
  readonly log: Log;
  readonly facts: Facts;
  /** Of what a loop does all day: only what went wrong, or took long, is worth a line. */
  readonly quiet?: boolean;
}

const traces = new AsyncLocalStorage<Trace>();

/** Does work of which {@link currentTrace} says whose it is, also behind its awaits; an outer trace is back afterwards. */
export function runInTrace<T>(trace: Trace, work: () => T): T {
  return traces.run(trace, work);
}

/**
 * The trace around the code that asks; undefined outside of any (a script, a start-up). For adapters that have no log of
 * their own: `const trace = currentTrace(); trace?.log.info("kubernetes.called", { ...trace.facts, verb, kind, name })`.
 */
export function currentTrace(): Trace | undefined {
  return traces.getStore();
}
