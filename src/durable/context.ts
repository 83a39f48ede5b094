import type { DurableOrchestrationContext, Task } from "durable-functions";
import { DomainError } from "../domain/errors.ts";
import type { LogSink } from "./log.ts";
import type { CanonicalName } from "./names.ts";

/** The only shape of orchestrator code: yields durable tasks, returns a T. */
export type Durable<T> = Generator<Task, T, unknown>;

/** The key under which the steps of this folder, and nobody else, find durable-functions. */
export const RUN = Symbol("run");

/** What an orchestrator is given: a token for the steps of this folder. It holds nothing else to reach for. */
export interface Context {
  readonly [RUN]: Run;
}

/** One episode of one orchestration. */
export interface Run {
  readonly df: DurableOrchestrationContext;
  readonly sink: LogSink;
  readonly orchestration: string;
  /** The names of what it may call: what is not among them need not be registered, and a call of it would hang. */
  readonly uses: ReadonlySet<CanonicalName>;
  /** Waiters for events that lost a race, oldest first, by the event's name. */
  readonly waiters: Map<string, Task[]>;
  /** What was started and not yet awaited: durable-functions would never run it. */
  readonly idle: Set<object>;
  /** Set by continueAsNew: whatever an orchestrator did after it would be lost. */
  over: boolean;
}

/** Hands a task to the engine until it has ended, well or not: the one bare yield of the project. */
export function* settle(run: Run, task: Task): Durable<unknown> {
  if (run.over) throw misuse("a step was called after continueAsNew");
  try {
    yield task;
  } catch {
    // Whoever asked looks at `isFaulted`: what is thrown here is the host's text, with stacks and paths.
  }
  return task.result;
}

/** The moment `ms` from now on the orchestration's own clock. */
export function dueIn({ df }: Run, ms: number): Date {
  if (!Number.isFinite(ms) || ms < 0) throw misuse(`cannot wait ${ms} ms`);
  return new Date(df.currentUtcDateTime.getTime() + ms);
}

/** A fault of the orchestrator's own code: no retry helps, and its author is to read what it was. */
export function misuse(sentence: string): DomainError {
  return new DomainError("internal", sentence, { retryable: false });
}

/** Start-up checks that what `uses` lists is registered; this checks that nothing else is called. */
export function assertUsed({ uses, orchestration }: Run, name: CanonicalName): void {
  if (uses.has(name)) return;
  throw misuse(`"${name}" is called and not listed in "uses" of "${orchestration}"`);
}
