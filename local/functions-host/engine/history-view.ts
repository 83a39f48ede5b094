import { EVENT, type HistoryEvent } from "./history.ts";
import type { HistoryEntry } from "./task-hub.ts";

const NAMES = new Map<number, string>(
  Object.entries(EVENT).map(([name, number]) => [number, name]),
);

/**
 * The history as the webhook shows it: what was scheduled is folded into its completion, and the marks of
 * the episodes are left out.
 */
export function historyView(
  history: readonly HistoryEvent[],
  showOutput: boolean,
): readonly HistoryEntry[] {
  const scheduled = new Map<number, HistoryEvent & { readonly Name: string }>();
  const entries = new Map<HistoryEvent, HistoryEntry>();
  for (const event of history) {
    const { EventType: type } = event;
    if (type === EVENT.OrchestratorStarted || type === EVENT.OrchestratorCompleted) continue;
    if (type === EVENT.TaskScheduled || type === EVENT.SubOrchestrationInstanceCreated) {
      scheduled.set(event.EventId, event);
    }
    const id = "TaskScheduledId" in event ? event.TaskScheduledId : null;
    const cause = id === null ? undefined : scheduled.get(id);
    if (cause) entries.delete(cause);
    entries.set(event, entry(event, cause, showOutput));
  }
  return [...entries.values()];
}

function entry(
  event: HistoryEvent,
  cause: (HistoryEvent & { readonly Name: string }) | undefined,
  showOutput: boolean,
): HistoryEntry {
  const { EventType: type, Timestamp, ...rest } = event;
  const folded = cause && {
    ScheduledTime: cause.Timestamp,
    FunctionName: cause.Name,
    Input: null,
  };
  return {
    EventType: NAMES.get(type) ?? String(type),
    ...shown(rest, type === EVENT.EventRaised, showOutput),
    ...(type === EVENT.ExecutionCompleted ? { FailureDetails: null } : {}),
    Timestamp,
    ...("Name" in event && type !== EVENT.EventRaised ? { FunctionName: event.Name } : {}),
    ...folded,
  };
}

const HIDDEN: ReadonlySet<string> = new Set([
  "EventId",
  "IsPlayed",
  "TaskScheduledId",
  "TimerId",
  "OrchestrationInstance",
  "ParentInstance",
  "Version",
]);

function shown(fields: object, named: boolean, showOutput: boolean): HistoryEntry {
  const kept = Object.entries(fields).filter(
    ([key]) => !HIDDEN.has(key) && (named || key !== "Name") && (showOutput || key !== "Result"),
  );
  return Object.fromEntries(
    kept.map(([key, value]) => [key, key === "Result" ? parsedResult(value) : value]),
  );
}

function parsedResult(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
