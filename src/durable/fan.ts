import type { Task, TimerTask } from "durable-functions";
import type { z } from "zod";
import type { ActivityContract } from "./activity.ts";
import {
  assertUsed,
  dueIn,
  misuse,
  RUN,
  settle,
  type Context,
  type Durable,
  type Run,
} from "./context.ts";
import type { DomainError } from "../domain/errors.ts";
import { fromThrown, lostActivity, toDomainError, unwrap } from "./envelope.ts";
import { parseEvent, takeEvent, waitFor } from "./events.ts";
import { checkInstanceId, toRegisteredName } from "./names.ts";
import type { OrchestrationContract } from "./orchestration.ts";
import { parse, wire, type Schema } from "./wire.ts";

/** An activity or sub-orchestration that runs when `all` or `first` is given it, once. */
export interface Started<T> {
  readonly kind: "started";
  readonly task: Task;
  /** The value of the finished task; throws its error. */
  readonly settled: () => T;
}

export interface Timer {
  readonly kind: "timer";
  readonly task: TimerTask;
}

export interface AwaitedEvent<T> {
  readonly kind: "event";
  readonly name: string;
  readonly read: (waiter: Task) => T;
}

type Member<T> = Started<T> | Timer | AwaitedEvent<T>;
type ValueOf<M> = M extends Started<infer T> | AwaitedEvent<infer T> ? T : undefined;

/** An activity without retries, to be awaited with others: retries beside others would mix up the engine's numbering. */
export function start<I extends Schema, O extends Schema>(
  ctx: Context,
  activity: ActivityContract<I, O, undefined>,
  input: z.input<I>,
): Started<z.output<O>> {
  const { name, output } = activity;
  assertUsed(ctx[RUN], name);
  const checked = wire(input, "invalid-input", `input of "${name}"`);
  return started(ctx[RUN], ctx[RUN].df.callActivity(toRegisteredName(name), checked), (task) => {
    if (task.isFaulted) throw lostActivity(name);
    return parse(output, unwrap(task.result, name), "invalid-output", `output of "${name}"`);
  });
}

export interface SubOrchestrationOptions {
  /** Left out, the engine makes one up. */
  readonly instanceId?: string;
}

/** A sub-orchestration, to be awaited with others. */
export function startOrchestration<I extends Schema, O extends Schema>(
  ctx: Context,
  orchestration: OrchestrationContract<I, O>,
  input: z.input<I>,
  { instanceId }: SubOrchestrationOptions = {},
): Started<z.output<O>> {
  const { name, output } = orchestration;
  const { df } = ctx[RUN];
  assertUsed(ctx[RUN], name);
  const checked = wire(input, "invalid-input", `input of "${name}"`);
  const id = instanceId === undefined ? undefined : checkInstanceId(instanceId);
  // The version is passed on: left out, a child gets the newest one and not its parent's.
  const child = df.callSubOrchestrator(toRegisteredName(name), checked, id, df.version);
  return started(ctx[RUN], child, (task) => {
    if (task.isFaulted) throw fromThrown(String(task.result), name);
    return parse(output, task.result, "invalid-output", `output of "${name}"`);
  });
}

function started<T>(run: Run, task: Task, read: (task: Task) => T): Started<T> {
  const member: Started<T> = { kind: "started", task, settled: () => read(task) };
  run.idle.add(member);
  return member;
}

/** A timer to race with; it is cancelled when something else is first. */
export function timer(ctx: Context, ms: number): Timer {
  const member: Timer = { kind: "timer", task: ctx[RUN].df.createTimer(dueIn(ctx[RUN], ms)) };
  ctx[RUN].idle.add(member);
  return member;
}

/** An event to race with; if it comes after the race, the next one who waits for its name gets it. */
export function event<S extends Schema>(name: string, schema: S): AwaitedEvent<z.output<S>> {
  return { kind: "event", name, read: (waiter) => parseEvent(schema, waiter, name) };
}

/** A task counts in one compound only: in a second one the engine would run it again. */
function claim(run: Run, member: Started<unknown> | Timer): Task {
  if (!run.idle.delete(member)) throw misuse("started work or a timer can be awaited only once");
  return member.task;
}

/** Awaits one piece of started work. */
export function* result<T>(ctx: Context, work: Started<T>): Durable<T> {
  yield* settle(ctx[RUN], claim(ctx[RUN], work));
  return work.settled();
}

/** Awaits all; an error of one is thrown when all have ended, or at once when the engine itself reports it. */
export function* all<const T extends readonly Started<unknown>[]>(
  ctx: Context,
  members: T,
): Durable<{ -readonly [K in keyof T]: ValueOf<T[K]> }> {
  const run = ctx[RUN];
  const tasks = members.map((member) => claim(run, member));
  if (tasks.length > 0) yield* settle(run, run.df.Task.all(tasks));
  members.find(({ task }) => task.isFaulted)?.settled();
  // A mapped tuple is beyond what `map` can express.
  return members.map((member) => member.settled()) as { -readonly [K in keyof T]: ValueOf<T[K]> };
}

/** How one piece of work ended. */
export type Settled<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: DomainError };

/** Awaits all, however they end. */
export function* allSettled<const T extends readonly Started<unknown>[]>(
  ctx: Context,
  members: T,
): Durable<{ -readonly [K in keyof T]: Settled<ValueOf<T[K]>> }> {
  const run = ctx[RUN];
  const tasks = members.map((member) => claim(run, member));
  if (tasks.length > 0) yield* settle(run, run.df.Task.all(tasks));
  // It is over at the first failure; what has begun in it is waited for one by one, and not begun again.
  for (const task of tasks) if (!task.isCompleted) yield* settle(run, task);
  // As in `all`.
  return members.map(outcomeOf) as { -readonly [K in keyof T]: Settled<ValueOf<T[K]>> };
}

function outcomeOf<T>(member: Started<T>): Settled<T> {
  try {
    return { ok: true, value: member.settled() };
  } catch (error) {
    return { ok: false, error: toDomainError(error, "started work") };
  }
}

type Race = Readonly<Record<string, Member<unknown>>>;
export type Winner<M extends Race> = {
  [K in keyof M & string]: { tag: K; value: ValueOf<M[K]> };
}[keyof M & string];

/**
 * Awaits whichever comes first and says which by its tag. Timers that lose are cancelled; work that loses goes on, and
 * holds the orchestration's end back until it is done. An event that had already come wins before anything is begun.
 */
export function* first<const M extends Race>(ctx: Context, members: M): Durable<Winner<M>> {
  const run = ctx[RUN];
  const entries = Object.entries(members);
  for (const [, member] of entries) if (member.kind !== "event") claim(run, member);

  for (const [tag, member] of entries) {
    const early = member.kind === "event" ? takeEvent(run, member.name) : undefined;
    if (early !== undefined) return won<M>(tag, member, early);
  }

  const runners = entries.map(([tag, member]) => {
    return { tag, member, task: member.kind === "event" ? waitFor(run, member.name) : member.task };
  });
  const fastest = yield* settle(run, run.df.Task.any(runners.map(({ task }) => task)));
  for (const { member, task } of runners) {
    if (task === fastest && member.kind === "event") takeEvent(run, member.name);
    if (task !== fastest && member.kind === "timer") member.task.cancel();
  }
  const [winner] = runners
    .filter(({ task }) => task === fastest)
    .map(({ tag, member, task }) => won<M>(tag, member, task));
  // The engine gives back one of the tasks that it was given.
  return winner as Winner<M>;
}

function won<M extends Race>(tag: string, member: Member<unknown>, task: Task): Winner<M> {
  const value =
    member.kind === "timer"
      ? undefined
      : member.kind === "event"
        ? member.read(task)
        : member.settled();
  // The tag is the key that the member stands under, which TypeScript forgets in `Object.entries`.
  return { tag, value } as Winner<M>;
}
