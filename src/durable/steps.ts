import type { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import type { ActivityContract, RetryPolicy } from "./activity.ts";
import { assertUsed, dueIn, RUN, settle, type Context, type Durable, type Run } from "./context.ts";
import { lostActivity, toDomainError, unwrap } from "./envelope.ts";
import { result, startOrchestration, type SubOrchestrationOptions } from "./fan.ts";
import { jsonLog, silent, type Log } from "./log.ts";
import { toRegisteredName, type ActivityName } from "./names.ts";
import { ContinuedAsNew, type OrchestrationContract } from "./orchestration.ts";
import { capped, type Progress } from "./progress.ts";
import { parse, wire, type Schema, type WireObject } from "./wire.ts";

export type { Context, Durable };

const ONCE: RetryPolicy = { attempts: 1, firstDelayMs: 0, backoff: 1, maxDelayMs: 0 };

export interface CallOptions {
  /** No attempt begins at or after this moment. */
  readonly deadline?: Date;
  /** Told of each attempt before it begins, counted from 1; at a replay again. */
  readonly onAttempt?: (attempt: number) => void;
  /** Told why the next attempt is waited for. */
  readonly onRetry?: (error: DomainError) => void;
}

/** Runs an activity; tries again by its policy, with durable timers, as long as its error is worth it. */
export function* call<I extends Schema, O extends Schema>(
  ctx: Context,
  activity: ActivityContract<I, O, RetryPolicy | undefined>,
  input: z.input<I>,
  { deadline, onAttempt, onRetry }: CallOptions = {},
): Durable<z.output<O>> {
  const run = ctx[RUN];
  const { name, output, retry = ONCE } = activity;
  assertUsed(run, name);
  const checked = wire(input, "invalid-input", `input of "${name}"`);
  assertBefore(deadline, now(ctx), name);
  for (let attempt = 1; ; attempt += 1) {
    onAttempt?.(attempt);
    const outcome = yield* attemptOf(run, name, checked);
    if (!(outcome instanceof DomainError))
      return parse(output, outcome, "invalid-output", `output of "${name}"`);
    if (!outcome.retryable || attempt >= retry.attempts) throw outcome;
    const delayMs = Math.min(retry.firstDelayMs * retry.backoff ** (attempt - 1), retry.maxDelayMs);
    assertBefore(deadline, dueIn(run, delayMs), name, outcome);
    onRetry?.(outcome);
    yield* sleep(ctx, delayMs);
    assertBefore(deadline, now(ctx), name, outcome);
  }
}

function* attemptOf(
  run: Run,
  name: ActivityName,
  input: WireObject,
): Durable<WireObject | DomainError> {
  const task = run.df.callActivity(toRegisteredName(name), input);
  const answer = yield* settle(run, task);
  if (task.isFaulted) return lostActivity(name);
  try {
    return unwrap(answer, name);
  } catch (error) {
    return toDomainError(error, name);
  }
}

function assertBefore(
  deadline: Date | undefined,
  moment: Date,
  name: string,
  last?: DomainError,
): void {
  if (deadline === undefined || moment < deadline) return;
  const why = last === undefined ? "" : `; its last error was ${last.code}: ${last.message}`;
  throw new DomainError("deadline-passed", `the time for "${name}" is over${why}`, {
    ...(last && { details: { lastError: { code: last.code, message: last.message } } }),
  });
}

/** Runs another orchestration as a part of this one. */
export function* callOrchestration<I extends Schema, O extends Schema>(
  ctx: Context,
  orchestration: OrchestrationContract<I, O>,
  input: z.input<I>,
  options: SubOrchestrationOptions = {},
): Durable<z.output<O>> {
  return yield* result(ctx, startOrchestration(ctx, orchestration, input, options));
}

export function* sleep(ctx: Context, ms: number): Durable<void> {
  yield* settle(ctx[RUN], ctx[RUN].df.createTimer(dueIn(ctx[RUN], ms)));
}

/** Sleeps until a moment; one in the past is over at once. */
export function* until(ctx: Context, moment: Date): Durable<void> {
  yield* sleep(ctx, Math.max(0, moment.getTime() - now(ctx).getTime()));
}

/** Ends this history and goes on with a fresh one: `return continueAsNew(ctx, input)`. */
export function continueAsNew<const T extends WireObject>(
  ctx: Context,
  input: T,
): ContinuedAsNew<T> {
  ctx[RUN].over = true;
  return new ContinuedAsNew(input);
}

/** The orchestration's clock: the same at each replay. */
export function now(ctx: Context): Date {
  return new Date(ctx[RUN].df.currentUtcDateTime);
}

export function newGuid(ctx: Context): string {
  return ctx[RUN].df.newGuid(ctx[RUN].df.instanceId);
}

export function instanceId(ctx: Context): string {
  return ctx[RUN].df.instanceId;
}

/** Shows where the orchestration stands, as its custom status. */
export function setProgress(ctx: Context, progress: Progress): void {
  ctx[RUN].df.setCustomStatus(capped(progress));
}

/** Writes JSON lines, and nothing while the past is replayed. */
export function log(ctx: Context): Log {
  const { df, sink, orchestration } = ctx[RUN];
  return df.isReplaying ? silent : jsonLog(sink, { orchestration, orchestrationId: df.instanceId });
}
