import type { Action, CallActivity, CallChild, CreateTimer, RetryOptions } from "./actions.ts";
import { Deferred, whenAll, whenAny } from "./deferred.ts";
import { EVENT, type HistoryEvent } from "./history.ts";
import { assertSame, type Operation } from "./operation.ts";

interface Begun {
  readonly operation: Operation;
  readonly end: Deferred;
  recorded: boolean;
}

export interface KnownFunctions {
  readonly orchestrators: readonly string[];
  readonly activities: readonly string[];
}

/** The function asked for something that the local host refuses to do. */
export class Unsupported extends Error {
  override readonly name = "Unsupported";
}

const NOT_DONE: Record<number, string> = {
  7: "durable entities",
  8: "callHttp",
  9: "durable entities",
  10: "durable entities",
  13: "locks of durable entities",
  14: "locks of durable entities",
};

/** Walks the actions of one execution through its history, as the Durable extension does. */
export class Replay {
  readonly #actions: readonly Action[];
  readonly #known: KnownFunctions;
  readonly #begun: Begun[] = [];
  readonly #waiters = new Map<string, Deferred[]>();
  readonly #early = new Map<string, HistoryEvent[]>();
  readonly #carried: HistoryEvent[] = [];
  #clock = 0;
  #started = false;
  #walked = false;
  #next: { readonly input: unknown } | null = null;
  #terminated: { readonly reason: string | null } | null = null;
  #unknown: string | null = null;

  constructor(actions: readonly Action[], known: KnownFunctions) {
    this.#actions = actions;
    this.#known = known;
  }

  /** True when each action has been awaited. */
  get walked(): boolean {
    return this.#walked;
  }

  get continueAsNew(): { readonly input: unknown } | null {
    return this.#next;
  }

  get terminated(): { readonly reason: string | null } | null {
    return this.#terminated;
  }

  /** The name of a function that was called and is not there. */
  get unknownFunction(): string | null {
    return this.#unknown;
  }

  /** Events that arrived after continueAsNew, for the next generation. */
  get carried(): readonly HistoryEvent[] {
    return this.#carried;
  }

  /** Names of events that came and met no waiter. */
  get unconsumed(): readonly string[] {
    return [...this.#early].flatMap(([name, events]) => events.map(() => name));
  }

  get hasOpenTasks(): boolean {
    return this.#begun.some(({ end }) => !end.settled);
  }

  get waitsForEvents(): boolean {
    return [...this.#waiters.values()].some((waiting) => waiting.length > 0);
  }

  /** What was begun in this episode, by sequence id. */
  get decisions(): readonly (readonly [number, Operation])[] {
    return this.#begun.flatMap(({ operation, recorded }, id) =>
      recorded ? [] : [[id, operation] as const],
    );
  }

  handle(event: HistoryEvent): void {
    switch (event.EventType) {
      case EVENT.OrchestratorStarted:
        this.#clock = Date.parse(event.Timestamp);
        return;
      case EVENT.ExecutionStarted:
        this.#started = true;
        this.#walk(0);
        return;
      case EVENT.TaskScheduled:
        this.#match(event.EventId, "activity", event.Name);
        return;
      case EVENT.SubOrchestrationInstanceCreated:
        this.#match(event.EventId, "child", event.Name);
        return;
      case EVENT.TimerCreated:
        this.#match(event.EventId, "timer", null);
        return;
      case EVENT.TaskCompleted:
      case EVENT.SubOrchestrationInstanceCompleted:
        this.#begun[event.TaskScheduledId]?.end.settle(true);
        return;
      case EVENT.TaskFailed:
      case EVENT.SubOrchestrationInstanceFailed:
        this.#begun[event.TaskScheduledId]?.end.settle(false);
        return;
      case EVENT.TimerFired:
        this.#begun[event.TimerId]?.end.settle(true);
        return;
      case EVENT.EventRaised:
        this.#raise(event, event.Name.toLowerCase());
        return;
      case EVENT.ExecutionTerminated:
        this.#terminated ??= { reason: event.Input };
        return;
      case EVENT.ExecutionCompleted:
      case EVENT.OrchestratorCompleted:
      case EVENT.ExecutionSuspended:
      case EVENT.ExecutionResumed:
        return;
    }
  }

  #walk(from: number): void {
    for (let at = from; at < this.#actions.length; at += 1) {
      const action = this.#actions[at];
      if (action === undefined) continue;
      const end = this.#start(action);
      if (end.settled) continue;
      end.onSettled(() => this.#walk(at + 1));
      return;
    }
    this.#walked = this.#started;
  }

  #start(action: Action): Deferred {
    switch (action.actionType) {
      case 0:
      case 1:
        return this.#retried(action, () => this.#activity(action));
      case 2:
      case 3:
        return this.#retried(action, () => this.#child(action));
      case 4:
        this.#next = { input: action.input };
        return whenAll([]);
      case 5:
        return this.#timer(action);
      case 6:
        return this.#waiter(action.externalEventName.toLowerCase());
      case 11:
        return whenAny(action.compoundActions.map((part) => this.#start(part)));
      case 12:
        return whenAll(action.compoundActions.map((part) => this.#start(part)));
      case 7:
      case 8:
      case 9:
      case 10:
      case 13:
      case 14:
        throw new Unsupported(
          `the local functions host does not do ${NOT_DONE[action.actionType] ?? "this"}; see docs/local-differences.md`,
        );
    }
  }

  #begin(operation: Operation): Deferred {
    const end = new Deferred();
    this.#begun.push({ operation, end, recorded: false });
    return end;
  }

  #activity({ functionName: name, input }: CallActivity): Deferred {
    return this.#called(name, this.#known.activities, { kind: "activity", name, input });
  }

  #child({ functionName: name, input, instanceId, version }: CallChild): Deferred {
    return this.#called(name, this.#known.orchestrators, {
      kind: "child",
      name,
      input,
      instanceId: instanceId ?? undefined,
      version: version ?? undefined,
    });
  }

  /** As on the real host, nothing is scheduled for a name that is not registered, and nothing fails. */
  #called(name: string, known: readonly string[], operation: Operation): Deferred {
    if (known.some((one) => one.toLowerCase() === name.toLowerCase())) {
      return this.#begin(operation);
    }
    this.#unknown ??= name;
    return new Deferred();
  }

  #timer({ fireAt, isCanceled }: CreateTimer): Deferred {
    const operation = { kind: "timer", fireAt: Date.parse(fireAt), cancelled: isCanceled } as const;
    const end = this.#begin(operation);
    if (isCanceled) end.settle(false);
    return end;
  }

  #waiter(name: string): Deferred {
    const waiter = new Deferred();
    if (this.#early.get(name)?.shift()) {
      waiter.settle(true);
      return waiter;
    }
    const waiting = this.#waiters.get(name) ?? [];
    waiting.push(waiter);
    this.#waiters.set(name, waiting);
    return waiter;
  }

  /** The newest waiter gets the event, as in durable-functions. */
  #raise(event: HistoryEvent, name: string): void {
    if (this.#next) {
      this.#carried.push(event);
      return;
    }
    const waiter = this.#waiters.get(name)?.pop();
    if (waiter) {
      waiter.settle(true);
      return;
    }
    const early = this.#early.get(name) ?? [];
    early.push(event);
    this.#early.set(name, early);
  }

  #retried(
    { retryOptions }: { readonly retryOptions?: RetryOptions | null | undefined },
    attempt: () => Deferred,
  ): Deferred {
    if (!retryOptions) return attempt();
    const whole = new Deferred();
    const begunAt = this.#clock;
    const run = (number: number): void => {
      attempt().onSettled((ok) => {
        const delay = ok ? null : retryDelay(retryOptions, number, this.#clock - begunAt);
        if (delay === null) {
          whole.settle(ok);
          return;
        }
        const fireAt = this.#clock + delay;
        this.#begin({ kind: "timer", fireAt, cancelled: false }).onSettled(() => {
          if (number < retryOptions.maxNumberOfAttempts) run(number + 1);
          else whole.settle(false);
        });
      });
    };
    run(1);
    return whole;
  }

  #match(id: number, kind: Operation["kind"], name: string | null): void {
    const begun = this.#begun[id];
    assertSame({ id, kind, name }, begun?.operation);
    if (begun) begun.recorded = true;
  }
}

const SIX_DAYS = 6 * 24 * 3_600_000;

/** Null: give up without a timer. After the last attempt a timer that is due at once follows. */
function retryDelay(options: RetryOptions, attempt: number, elapsed: number): number | null {
  const timeout = options.retryTimeoutInMilliseconds;
  if (timeout != null && elapsed >= timeout) return null;
  if (attempt >= options.maxNumberOfAttempts) return 0;
  const factor = (options.backoffCoefficient ?? 1) ** (attempt - 1);
  const longest = options.maxRetryIntervalInMilliseconds ?? SIX_DAYS;
  return Math.min(options.firstRetryIntervalInMilliseconds * factor, longest);
}
