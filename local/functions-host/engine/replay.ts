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

const NOT_DONE = {
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
    if (event.EventType === EVENT.OrchestratorStarted) this.#clock = Date.parse(event.Timestamp);
    else if (event.EventType === EVENT.ExecutionStarted) this.#begin();
    else if (event.EventType === EVENT.EventRaised) this.#raise(event, event.Name.toLowerCase());
    else if (event.EventType === EVENT.TimerFired) this.#begun[event.TimerId]?.end.settle(true);
    else if ("TaskScheduledId" in event) {
      this.#begun[event.TaskScheduledId]?.end.settle(SUCCESS.has(event.EventType));
    } else this.#match(event);
  }

  #begin(): void {
    this.#started = true;
    this.#walk(0);
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
    if ("functionName" in action) return this.#retried(action, () => this.#call(action));
    if ("fireAt" in action) return this.#timer(action);
    if ("externalEventName" in action) return this.#waiter(action.externalEventName.toLowerCase());
    if ("compoundActions" in action) {
      const parts = action.compoundActions.map((part) => this.#start(part));
      return action.actionType === 11 ? whenAny(parts) : whenAll(parts);
    }
    if (action.actionType !== 4) {
      const what = NOT_DONE[action.actionType];
      throw new Unsupported(
        `the local functions host does not do ${what}; see docs/local-differences.md`,
      );
    }
    this.#next = { input: action.input };
    return whenAll([]);
  }

  #perform(operation: Operation): Deferred {
    const end = new Deferred();
    this.#begun.push({ operation, end, recorded: false });
    return end;
  }

  #call(action: CallActivity | CallChild): Deferred {
    const { functionName: name, input } = action;
    if (!isChild(action)) {
      return this.#called(name, this.#known.activities, { kind: "activity", name, input });
    }
    return this.#called(name, this.#known.orchestrators, {
      kind: "child",
      name,
      input,
      instanceId: action.instanceId ?? undefined,
      version: action.version ?? undefined,
    });
  }

  /** As on the real host, nothing is scheduled for a name that is not registered, and nothing fails. */
  #called(name: string, known: readonly string[], operation: Operation): Deferred {
    if (known.some((one) => one.toLowerCase() === name.toLowerCase())) {
      return this.#perform(operation);
    }
    this.#unknown ??= name;
    return new Deferred();
  }

  #timer({ fireAt, isCanceled }: CreateTimer): Deferred {
    const operation = { kind: "timer", fireAt: Date.parse(fireAt), cancelled: isCanceled } as const;
    const end = this.#perform(operation);
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
        this.#perform({ kind: "timer", fireAt, cancelled: false }).onSettled(() => {
          if (number < retryOptions.maxNumberOfAttempts) run(number + 1);
          else whole.settle(false);
        });
      });
    };
    run(1);
    return whole;
  }

  #match(event: HistoryEvent): void {
    const kind = SCHEDULED.get(event.EventType);
    if (kind === undefined) return;
    const { EventId: id } = event;
    const begun = this.#begun[id];
    assertSame({ id, kind, name: "Name" in event ? event.Name : null }, begun?.operation);
    if (begun) begun.recorded = true;
  }
}

function isChild(action: CallActivity | CallChild): action is CallChild {
  return action.actionType === 2 || action.actionType === 3;
}

const SCHEDULED: ReadonlyMap<number, Operation["kind"]> = new Map([
  [EVENT.TaskScheduled, "activity"],
  [EVENT.SubOrchestrationInstanceCreated, "child"],
  [EVENT.TimerCreated, "timer"],
]);

const SUCCESS: ReadonlySet<number> = new Set([
  EVENT.TaskCompleted,
  EVENT.SubOrchestrationInstanceCompleted,
]);

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
