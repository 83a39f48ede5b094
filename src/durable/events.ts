import type { Task } from "durable-functions";
import type { z } from "zod";
import { dueIn, RUN, settle, type Context, type Durable, type Run } from "./context.ts";
import { checkEventName } from "./names.ts";
import { parse, type Schema } from "./wire.ts";

/**
 * A waiter that loses a race stays behind in the engine and takes the events that come later. They are not lost here:
 * each waiter is kept until its event was handed over, and those that are served are looked at before a new one is made.
 */
function waitersOf(run: Run, name: string): Task[] {
  const waiters = run.waiters.get(checkEventName(name)) ?? [];
  run.waiters.set(name, waiters);
  return waiters;
}

/** A new waiter for the next event of this name. */
export function waitFor(run: Run, name: string): Task {
  const waiter = run.df.waitForExternalEvent(name);
  waitersOf(run, name).push(waiter);
  return waiter;
}

/** The oldest event that has come and was not handed over: the engine serves the newest waiter first. */
export function takeEvent(run: Run, name: string): Task | undefined {
  const waiters = waitersOf(run, name);
  const served = waiters.findLast((waiter) => waiter.isCompleted);
  if (served !== undefined) waiters.splice(waiters.indexOf(served), 1);
  return served;
}

export function parseEvent<S extends Schema>(schema: S, waiter: Task, name: string): z.output<S> {
  return parse(schema, waiter.result, "invalid-input", `event "${name}"`);
}

/** Waits without a limit for an event; race it with a timer by `first`. */
export function* waitForEvent<S extends Schema>(
  ctx: Context,
  name: string,
  schema: S,
): Durable<z.output<S>> {
  const run = ctx[RUN];
  const early = takeEvent(run, name);
  if (early !== undefined) return parseEvent(schema, early, name);
  const waiter = waitFor(run, name);
  yield* settle(run, waiter);
  takeEvent(run, name);
  return parseEvent(schema, waiter, name);
}

/**
 * Sleeps, and wakes up early when a hint was raised meanwhile or since the last pause. Hints can get lost and their
 * content is ignored: what to do is read from where the truth is. A hint's name belongs to `pause` alone.
 */
export function* pause(
  ctx: Context,
  ms: number,
  { hint }: { readonly hint: string },
): Durable<"elapsed" | "hinted"> {
  const run = ctx[RUN];
  let hinted = takeAll(run, hint);
  if (!hinted) {
    const timer = run.df.createTimer(dueIn(run, ms));
    const waiter = waitFor(run, hint);
    hinted = (yield* settle(run, run.df.Task.any([timer, waiter]))) === waiter;
    if (hinted) timer.cancel();
    takeAll(run, hint);
  }
  return hinted ? "hinted" : "elapsed";
}

/** Hints that came in one gap are one hint. */
function takeAll(run: Run, name: string): boolean {
  let any = false;
  while (takeEvent(run, name) !== undefined) any = true;
  return any;
}
