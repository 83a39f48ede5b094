import type { OrchestrationHandler } from "durable-functions";
import type { z } from "zod";
import { DomainError } from "../../src/domain/errors.ts";
import { fromThrown } from "../../src/durable/envelope.ts";
import { toCanonicalName } from "../../src/durable/names.ts";
import type { Orchestration } from "../../src/durable/orchestration.ts";
import type { Schema, WireObject } from "../../src/durable/wire.ts";
import {
  ACTION,
  activityEvent,
  childEvent,
  EVENT,
  leaves,
  type LOST,
  replayer,
  type Action,
  type Episode,
  type HistoryEvent,
  type Outcome,
  type State,
} from "./replay.ts";

export { LOST } from "./replay.ts";

/** What an answer can do beside answering: all of it happens while the activity "runs". */
export interface World {
  /** Moves the clock on, as if the activity took that long. */
  advance(ms: number): void;
  raise(event: string, payload?: WireObject): void;
}

/** Plays an activity or a sub-orchestration; `n` counts the calls of that name from 1. `LOST` plays a dead worker. */
export type Answer = (input: never, n: number, world: World) => WireObject | typeof LOST;

export interface DriveOptions {
  readonly instanceId?: string;
  readonly version?: string;
  readonly startAt?: Date;
  /** Raised so many milliseconds after the start, at 0 before the first step. */
  readonly events?: readonly {
    readonly atMs: number;
    readonly name: string;
    readonly payload?: WireObject;
  }[];
  /** Ends a drive that would go on for ever. */
  readonly maxSteps?: number;
}

export type Step =
  | {
      readonly kind: "activity" | "orchestration";
      readonly name: string;
      readonly input: unknown;
      readonly id?: string;
      readonly version?: string;
    }
  | { readonly kind: "timer"; readonly ms: number; canceled: boolean }
  | { readonly kind: "event"; readonly name: string };

export interface Driven<O> {
  /** What it returned, if it returned. */
  readonly result?: O;
  /** What it threw, as its caller would see it. */
  readonly error?: DomainError;
  /** The input that it went on with, if it ended with continueAsNew. */
  readonly continuedWith?: unknown;
  /** Activities, sub-orchestrations and timers in the order of their scheduling; events where they came. */
  readonly steps: readonly Step[];
  readonly customStatuses: readonly unknown[];
  readonly logs: readonly Record<string, unknown>[];
  /** How far the clock went. */
  readonly elapsedMs: number;
}

/**
 * Runs an orchestrator to its end on durable-functions' own executor, an episode an outcome, in virtual time: `answers`
 * play the activities by canonical name, timers fire when nothing else is left to happen and move the clock.
 */
export async function drive<I extends Schema, O extends Schema>(
  orchestration: Orchestration<I, O>,
  input: z.input<I>,
  answers: Readonly<Record<string, Answer>> = {},
  options: DriveOptions = {},
): Promise<Driven<z.output<O>>> {
  const driver = new Driver(orchestration.handler, input, answers, options);
  const ended = await driver.run(options.maxSteps ?? 1000);
  // The orchestration parsed its result with its own schema.
  return ended as Driven<z.output<O>>;
}

class Driver {
  readonly #replay: (episode: Episode) => Promise<State>;
  readonly #input: unknown;
  readonly #answers: Readonly<Record<string, Answer>>;
  readonly #options: DriveOptions;
  readonly #startedAt: number;
  readonly #history: HistoryEvent[] = [];
  /** Outcomes on their way to the orchestrator, first come first served. */
  readonly #inbox: Omit<HistoryEvent, "IsPlayed" | "Timestamp">[] = [];
  readonly #timers = new Map<number, { fireAt: number; step: Extract<Step, { kind: "timer" }> }>();
  readonly #events: { atMs: number; name: string; payload?: WireObject }[];
  readonly #calls = new Map<string, number>();
  readonly #steps: Step[] = [];
  readonly #customStatuses: unknown[] = [];
  readonly #logs: Record<string, unknown>[] = [];
  #clock: number;
  #scheduled: string[] = [];

  constructor(
    handler: OrchestrationHandler,
    input: unknown,
    answers: Readonly<Record<string, Answer>>,
    options: DriveOptions,
  ) {
    this.#replay = replayer(handler);
    this.#input = input;
    this.#answers = answers;
    this.#options = options;
    this.#clock = this.#startedAt = (options.startAt ?? new Date("2030-01-01T00:00:00Z")).getTime();
    this.#events = [...(options.events ?? [])];
  }

  async run(maxSteps: number): Promise<Driven<unknown>> {
    this.#append({ EventType: EVENT.episode, EventId: -1 });
    this.#append({
      EventType: EVENT.started,
      EventId: -1,
      Name: "driven",
      Version: this.#options.version,
    });
    this.#dueEvents();
    for (const event of this.#inbox.splice(0)) this.#append(event);
    for (;;) {
      const state = await this.#episode();
      const actions = state.actions.flat();
      this.#schedule(actions);
      const last = actions.at(-1);
      if (last?.actionType === ACTION.continueAsNew && state.isDone)
        return this.#ended({ continuedWith: last.input });
      if (state.error !== undefined)
        return this.#ended({ error: fromThrown(`failed: ${state.error}`, "driven") });
      if (state.isDone) return this.#ended({ result: state.output });
      if (this.#steps.length >= maxSteps)
        throw new Error(`no end after ${maxSteps} steps: ${JSON.stringify(this.#steps.slice(-5))}`);
      this.#next();
    }
  }

  #ended(end: Pick<Driven<unknown>, "result" | "error" | "continuedWith">): Driven<unknown> {
    // The host would keep it running until they fire.
    if (this.#timers.size > 0) throw new Error("the orchestrator ended with open timers");
    const elapsedMs = this.#clock - this.#startedAt;
    return {
      ...end,
      steps: this.#steps,
      customStatuses: this.#customStatuses,
      logs: this.#logs,
      elapsedMs,
    };
  }

  /** One replay from the start. */
  async #episode(): Promise<State> {
    const state = await this.#replay({
      history: this.#history,
      input: this.#input,
      instanceId: this.#options.instanceId ?? "driven-1",
      onLog: (line) => this.#logs.push(JSON.parse(line) as Record<string, unknown>),
    });
    for (const event of this.#history) event.IsPlayed = true;
    const status = JSON.stringify(state.customStatus ?? null);
    if (status !== JSON.stringify(this.#customStatuses.at(-1) ?? null)) {
      this.#customStatuses.push(state.customStatus);
    }
    return state;
  }

  /** Begins what is new among the actions: all of them come back at each replay, numbered in their order. */
  #schedule(actions: readonly Action[]): void {
    const flat = actions
      .flatMap(leaves)
      .filter(
        ({ actionType }) => actionType !== ACTION.event && actionType !== ACTION.continueAsNew,
      );
    const past = flat.map(({ actionType, functionName, fireAt }) =>
      JSON.stringify([actionType, functionName, fireAt]),
    );
    this.#scheduled.forEach((action, id) => {
      if (past[id] !== action)
        throw new Error(`not deterministic: step ${id} was ${action} and is ${String(past[id])}`);
    });
    const known = this.#scheduled.length;
    this.#scheduled = past;
    flat.forEach((action, id) => {
      if (action.actionType === ACTION.timer) this.#timer(id, action, id >= known);
      else if (id >= known) this.#work(id, action);
    });
  }

  #timer(id: number, action: Action, isNew: boolean): void {
    if (isNew) {
      const fireAt = Date.parse(action.fireAt ?? "");
      const step: Step = { kind: "timer", ms: fireAt - this.#clock, canceled: false };
      this.#steps.push(step);
      this.#timers.set(id, { fireAt, step });
      this.#append({ EventType: EVENT.timerCreated, EventId: id, FireAt: action.fireAt });
    }
    const pending = this.#timers.get(id);
    if (pending === undefined || action.isCanceled !== true) return;
    pending.step.canceled = true;
    this.#timers.delete(id);
  }

  #work(id: number, action: Action): void {
    const { actionType, functionName = "", input, instanceId, version } = action;
    const name = toCanonicalName(functionName) ?? functionName;
    const isActivity = actionType === ACTION.activity;
    const kind = isActivity ? "activity" : "orchestration";
    const extras = { ...(instanceId && { id: instanceId }), ...(version && { version }) };
    this.#steps.push({ kind, name, input, ...extras });
    this.#append({ EventType: isActivity ? EVENT.scheduled : EVENT.subCreated, EventId: id });
    const n = (this.#calls.get(name) ?? 0) + 1;
    this.#calls.set(name, n);
    const outcome = this.#answer(name, input, n);
    const event = isActivity ? activityEvent(outcome) : childEvent(outcome);
    this.#inbox.push({ ...event, EventId: -1, TaskScheduledId: id });
  }

  #answer(name: string, input: unknown, n: number): Outcome {
    const answer = this.#answers[name];
    if (answer === undefined) throw new Error(`drive() has no answer for "${name}"`);
    const world: World = {
      advance: (ms) => void (this.#clock += ms),
      raise: (event, payload) => this.#raise(event, payload),
    };
    try {
      // Each answer knows the input of the activity that it plays.
      return answer(structuredClone(input) as never, n, world);
    } catch (error) {
      if (error instanceof DomainError) return error;
      throw error;
    }
  }

  #raise(name: string, payload: WireObject = {}): void {
    this.#steps.push({ kind: "event", name });
    this.#inbox.push({
      EventType: EVENT.raised,
      EventId: -1,
      Name: name,
      Input: JSON.stringify(payload),
    });
  }

  #dueEvents(): void {
    const due = this.#events.filter(({ atMs }) => this.#startedAt + atMs <= this.#clock);
    for (const event of due) {
      this.#events.splice(this.#events.indexOf(event), 1);
      this.#raise(event.name, event.payload);
    }
  }

  /** Brings the next outcome: what is there already, else the earliest of timers and events, moving the clock. */
  #next(): void {
    if (this.#inbox.length === 0) this.#moveClock();
    this.#dueEvents();
    const next = this.#inbox.shift();
    if (next === undefined)
      throw new Error("stuck: the orchestrator waits for something that never comes");
    this.#append({ EventType: EVENT.episode, EventId: -1 });
    this.#append(next);
  }

  #moveClock(): void {
    const [timer] = [...this.#timers].sort(([, a], [, b]) => a.fireAt - b.fireAt);
    const [event] = this.#events.toSorted((a, b) => a.atMs - b.atMs);
    const eventAt = event === undefined ? Infinity : this.#startedAt + event.atMs;
    if (timer === undefined || eventAt <= timer[1].fireAt) {
      if (event !== undefined) this.#clock = Math.max(this.#clock, eventAt);
      return;
    }
    this.#clock = Math.max(this.#clock, timer[1].fireAt);
    this.#timers.delete(timer[0]);
    this.#inbox.push({ EventType: EVENT.timerFired, EventId: -1, TimerId: timer[0] });
  }

  #append(event: Omit<HistoryEvent, "IsPlayed" | "Timestamp">): void {
    this.#history.push({
      ...event,
      IsPlayed: false,
      Timestamp: new Date(this.#clock),
    } as HistoryEvent);
  }
}
