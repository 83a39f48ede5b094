import {
  childCreated,
  taskScheduled,
  timerCreated,
  type HistoryEvent,
} from "../../local/functions-host/engine/history.ts";
import { inWords } from "./steps.ts";
import { millisecondsOf, ticksOf, type Entry } from "./webhook-status.ts";

/** Something that an execution began; its place among the others is its sequence id. */
export interface Begun {
  readonly at: bigint;
  /** The line that shows it, which is that of its end if it has ended. */
  readonly entry: Entry;
  readonly what: string;
  readonly event: (id: number) => HistoryEvent;
}

/** All that was begun, in the order of its scheduling. Throws when that order cannot be told. */
export function begunIn(entries: readonly Entry[]): readonly Begun[] {
  const begun = entries
    .flatMap((entry) => begunBy(entry) ?? [])
    .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  for (const [index, step] of begun.entries()) {
    const next = begun[index + 1];
    if (next?.at !== step.at) continue;
    throw new Error(
      `${step.what} and ${next.what} were scheduled at one moment, so that it cannot be told which came first: record the instance from its store instead`,
    );
  }
  return begun;
}

function begunBy(entry: Entry): Begun | undefined {
  if (entry.EventType === "TaskScheduled")
    return activity(entry, entry.Timestamp, entry.FunctionName ?? entry.Name);
  if (entry.EventType === "TaskCompleted" || entry.EventType === "TaskFailed")
    return activity(entry, entry.ScheduledTime, entry.FunctionName);
  if (entry.EventType === "SubOrchestrationInstanceCreated")
    return child(entry, entry.Timestamp, entry.FunctionName ?? entry.Name);
  if (
    entry.EventType === "SubOrchestrationInstanceCompleted" ||
    entry.EventType === "SubOrchestrationInstanceFailed"
  )
    return child(entry, entry.ScheduledTime, entry.FunctionName);
  if (entry.EventType !== "TimerCreated") return undefined;
  const { Timestamp, FireAt } = entry;
  return begun(entry, Timestamp, inWords.timer, (at, id) =>
    timerCreated(at, id, millisecondsOf(ticksOf(FireAt))),
  );
}

function activity(entry: Entry, moment: string, name = ""): Begun {
  return begun(entry, moment, inWords.activity(name), (at, id) => taskScheduled(at, id, name));
}

function child(entry: Entry, moment: string, name = ""): Begun {
  return begun(entry, moment, inWords.child(name), (at, id) => childCreated(at, id, name, ""));
}

function begun(
  entry: Entry,
  moment: string,
  what: string,
  event: (at: number, id: number) => HistoryEvent,
): Begun {
  const at = ticksOf(moment);
  return { at, entry, what, event: (id) => event(millisecondsOf(at), id) };
}

/** Finds the sequence id of what a line reports the end of; -1 where it is no end of anything. */
export function endings(
  entries: readonly Entry[],
  begun: readonly Begun[],
): ReadonlyMap<Entry, number> {
  const ids = new Map<Entry, number>();
  const waiting = new Map<number, Extract<Entry, { EventType: "TimerCreated" }>>();
  const idOf = (entry: Entry): number => begun.findIndex((step) => step.entry === entry);
  for (const entry of entries) {
    if (entry.EventType === "TimerCreated") waiting.set(idOf(entry), entry);
    if (entry.EventType === "TimerFired") {
      const [id] = [...waiting].find(([, { FireAt }]) => FireAt === entry.FireAt) ?? [];
      if (id === undefined) throw new Error(`no timer was made that fires at ${entry.FireAt}`);
      waiting.delete(id);
      ids.set(entry, id);
    } else ids.set(entry, idOf(entry));
  }
  return ids;
}
