import {
  EVENT,
  executionStarted,
  orchestratorStarted,
  type HistoryEvent,
} from "../../local/functions-host/engine/history.ts";
import type { Past } from "./replayed.ts";
import { arrivalOf } from "./webhook-arrivals.ts";
import { begunIn, endings, type Begun } from "./webhook-steps.ts";
import { millisecondsOf, ticksOf, type Entry, type WebhookStatus } from "./webhook-status.ts";

/**
 * Gives a history that the webhook has shown the form in which a function is given it. Ids are counted in the order in
 * which things were scheduled. When an episode began is not shown: its first decision, a few milliseconds later, stands
 * in for it.
 */
export function pastFromWebhook(status: WebhookStatus, begunOn: string | null): Past {
  const { instanceId, historyEvents: entries } = status;
  const [first, ...rest] = entries;
  if (first?.EventType !== "ExecutionStarted")
    throw new Error("a history begins with ExecutionStarted");
  const { FunctionName: name, Input: input } = first;
  const begun = begunIn(entries);
  const ids = endings(entries, begun);
  const clock = new Clock(entries, begun);

  const history: HistoryEvent[] = [
    orchestratorStarted(clock.at(first)),
    executionStarted(millisecondsOf(ticksOf(first.Timestamp)), {
      ...{ instanceId, executionId: "", name, version: begunOn, input, parent: null },
    }),
  ];
  let placed = 0;
  const place = (isDue: (step: Begun, id: number) => boolean): void => {
    for (let step = begun[placed]; step && isDue(step, placed); step = begun[placed]) {
      history.push(step.event(placed));
      placed += 1;
    }
  };
  for (const entry of rest) {
    const id = ids.get(entry) ?? -1;
    const event = arrivalOf(entry, id);
    if (event === undefined) continue;
    const isEnd = entry.EventType === "ExecutionCompleted";
    const at = isEnd ? Infinity : clock.at(entry);
    // Each in its episode, and what has ended before its end.
    place((step, stepId) => millisecondsOf(step.at) < at || stepId <= id);
    const joins = entry.EventType === "ExecutionTerminated" && isArrival(history.at(-1));
    if (!isEnd && !joins) history.push(orchestratorStarted(at));
    history.push(event);
  }
  place(() => true);
  return {
    history,
    input: input === null ? null : JSON.parse(input),
    instanceId,
    clock: "approximate",
  };
}

/** What came last before a termination and led to nothing may have been in one batch with it, and never been handled. */
function isArrival(event: HistoryEvent | undefined): boolean {
  return event !== undefined && ARRIVALS.has(event.EventType);
}

const ARRIVALS: ReadonlySet<number> = new Set([
  EVENT.TaskCompleted,
  EVENT.TaskFailed,
  EVENT.SubOrchestrationInstanceCompleted,
  EVENT.SubOrchestrationInstanceFailed,
  EVENT.TimerFired,
  EVENT.EventRaised,
]);

/** When episodes began, as far as it can be told. */
class Clock {
  readonly #entries: readonly Entry[];
  readonly #decisions: readonly bigint[];
  #now = 0n;

  constructor(entries: readonly Entry[], begun: readonly Begun[]) {
    this.#entries = entries;
    const ends = entries.filter(({ EventType }) => EventType === "ExecutionCompleted");
    this.#decisions = [
      ...begun.map(({ at }) => at),
      ...ends.map(({ Timestamp }) => ticksOf(Timestamp)),
    ];
  }

  /** Of the episode that a line began; to be asked in the order of the lines. */
  at(entry: Entry): number {
    const earliest = this.#earliest(entry);
    const decision = this.#decisions.find((at) => at >= earliest) ?? earliest;
    if (decision > this.#now) this.#now = decision;
    return millisecondsOf(this.#now);
  }

  /** A timer's end bears the moment at which the timer was made, and some hosts do not wait short ones out. */
  #earliest(entry: Entry): bigint {
    if (entry.EventType !== "TimerFired") return ticksOf(entry.Timestamp);
    const fireAt = ticksOf(entry.FireAt);
    const decisions = this.#entries
      .slice(this.#entries.indexOf(entry))
      .filter(
        ({ EventType }) => EventType === "TimerCreated" || EventType === "ExecutionCompleted",
      );
    const firedEarly = decisions.some(({ Timestamp }) => ticksOf(Timestamp) < fireAt);
    return firedEarly ? ticksOf(entry.Timestamp) : fireAt;
  }
}
