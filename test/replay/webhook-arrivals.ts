import {
  activitySettled,
  childSettled,
  eventRaised,
  executionCompleted,
  executionResumed,
  executionSuspended,
  executionTerminated,
  timerFired,
  type HistoryEvent,
  type TaskOutcome,
} from "../../local/functions-host/engine/history.ts";
import { millisecondsOf, ticksOf, type Entry } from "./webhook-status.ts";

/** The event of a line that reports something to the function; undefined where it only shows what was begun. */
export function arrivalOf(entry: Entry, id: number): HistoryEvent | undefined {
  return settledOf(entry, id) ?? messageOf(entry);
}

/** The end of what has this sequence id. */
function settledOf(entry: Entry, id: number): HistoryEvent | undefined {
  const at = momentOf(entry);
  if (entry.EventType === "TaskCompleted")
    return activitySettled(at, id, { ok: true, result: resultOf(entry) });
  if (entry.EventType === "SubOrchestrationInstanceCompleted")
    return childSettled(at, id, { ok: true, result: resultOf(entry) });
  if (entry.EventType === "TaskFailed") return activitySettled(at, id, failureOf(entry));
  if (entry.EventType === "SubOrchestrationInstanceFailed")
    return childSettled(at, id, failureOf(entry));
  if (entry.EventType === "TimerFired")
    return timerFired(id, millisecondsOf(ticksOf(entry.FireAt)));
  return undefined;
}

function messageOf(entry: Entry): HistoryEvent | undefined {
  const at = momentOf(entry);
  if (entry.EventType === "EventRaised") return eventRaised(at, entry.Name, entry.Input);
  if (entry.EventType === "ExecutionSuspended") return executionSuspended(at, entry.Reason);
  if (entry.EventType === "ExecutionResumed") return executionResumed(at, entry.Reason);
  if (entry.EventType === "ExecutionTerminated") return executionTerminated(at, entry.Input);
  if (entry.EventType !== "ExecutionCompleted") return undefined;
  const { OrchestrationStatus: status } = entry;
  const result = status === "Completed" ? resultOf(entry) : String(entry["Result"]);
  return executionCompleted(at, status, result);
}

function momentOf({ Timestamp }: Entry): number {
  return millisecondsOf(ticksOf(Timestamp));
}

/** The webhook shows results parsed; a function is given their text. */
function resultOf(entry: {
  readonly EventType: string;
  readonly [field: string]: unknown;
}): string {
  if (!("Result" in entry)) {
    throw new Error(
      `${entry.EventType} shows no result: ask for the history with showHistoryOutput=true`,
    );
  }
  return JSON.stringify(entry["Result"]);
}

function failureOf(entry: {
  readonly Reason: string;
  readonly Details: string | null;
}): TaskOutcome {
  return { ok: false, reason: entry.Reason, details: entry.Details };
}
