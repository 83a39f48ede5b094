import { failed, failureOf, skipped, type Check, type Outcome } from "./check.ts";
import type { Deps } from "./deps.ts";

export interface Result extends Outcome {
  readonly name: string;
  readonly about: string;
  readonly ms: number;
}

export interface RunOptions {
  /** Ends all that is under way. */
  readonly signal: AbortSignal;
  /** Of a check that names none. */
  readonly limitMs?: number;
  /** Called in the order of the checks, each as soon as it is its turn. */
  readonly onResult?: (result: Result) => void;
}

const LIMIT_MS = 10_000;

/** For a check whose time is up to undo what it did. */
const TIDY_MS = 5_000;

interface Ended {
  readonly result: Result;
  /** Whether those that need this one can do without. */
  readonly blocks: boolean;
}

/** Runs all checks, side by side where none needs another; what a check needs stands before it. */
export async function runChecks(
  checks: readonly Check[],
  deps: Deps,
  options: RunOptions,
): Promise<readonly Result[]> {
  const running = new Map<string, Promise<Ended>>();
  for (const check of checks) running.set(check.name, runOne(check, deps, options, running));
  const results: Result[] = [];
  for (const ended of running.values()) {
    const { result } = await ended;
    options.onResult?.(result);
    results.push(result);
  }
  return results;
}

async function runOne(
  check: Check,
  deps: Deps,
  options: RunOptions,
  earlier: ReadonlyMap<string, Promise<Ended>>,
): Promise<Ended> {
  const { name, about } = check;
  const missing: string[] = [];
  for (const need of check.needs ?? []) {
    const ended = earlier.get(need);
    if (ended === undefined) throw new Error(`check "${name}" needs "${need}", which comes later`);
    if ((await ended).blocks) missing.push(need);
  }
  if (missing.length > 0) {
    const outcome = skipped(`needs ${missing.join(" and ")}`);
    return { result: { name, about, ms: 0, ...outcome }, blocks: true };
  }
  const startedAt = performance.now();
  const outcome = await bounded(check, deps, options);
  const ms = Math.round(performance.now() - startedAt);
  return { result: { name, about, ms, ...outcome }, blocks: outcome.status === "failed" };
}

async function bounded(
  check: Check,
  deps: Deps,
  { signal, limitMs = LIMIT_MS }: RunOptions,
): Promise<Outcome> {
  if (signal.aborted) return skipped("interrupted");
  const ms = check.limitMs ?? limitMs;
  const over = new AbortController();
  const late = Promise.withResolvers<Outcome>();
  let tidying: NodeJS.Timeout | undefined;
  const stop = (outcome: Outcome): void => {
    if (over.signal.aborted) return;
    over.abort();
    tidying = setTimeout(() => late.resolve(outcome), TIDY_MS);
    void work.then(() => late.resolve(outcome));
  };
  const interrupt = (): void => stop(skipped("interrupted"));
  // Not before all that can stop it is in place.
  const work = Promise.resolve().then(() => attempt(check, deps, over.signal));
  const timer = setTimeout(() => stop(tooLate(ms)), ms);
  signal.addEventListener("abort", interrupt, { once: true });
  try {
    const inTime = work.then((outcome) => (over.signal.aborted ? late.promise : outcome));
    return await Promise.race([inTime, late.promise]);
  } finally {
    clearTimeout(timer);
    clearTimeout(tidying);
    signal.removeEventListener("abort", interrupt);
  }
}

async function attempt(check: Check, deps: Deps, signal: AbortSignal): Promise<Outcome> {
  try {
    return await check.run(deps, signal);
  } catch (error) {
    return failureOf(error);
  }
}

const tooLate = (ms: number): Outcome =>
  failed(
    `no answer within ${ms / 1_000} s`,
    "Look at what lies between this machine and there: name service, firewall, private network.",
  );
