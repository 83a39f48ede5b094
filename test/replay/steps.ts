import { EVENT, type HistoryEvent } from "../../local/functions-host/engine/history.ts";
import type { Operation } from "../../local/functions-host/engine/operation.ts";
import { toCanonicalName } from "../../src/durable/names.ts";

const named = (kind: string, registeredName: string): string =>
  `${kind} ${toCanonicalName(registeredName) ?? registeredName}`;

/** How the three kinds of steps are called. */
export const inWords = {
  activity: (name: string): string => named("activity", name),
  child: (name: string): string => named("sub-orchestration", name),
  timer: "a timer",
} as const;

/** What was begun under each sequence id, in words: that much of a step must stay the same. */
export function recordedSteps(history: readonly HistoryEvent[]): readonly string[] {
  const steps: string[] = [];
  for (const event of history) {
    if (event.EventType === EVENT.TaskScheduled)
      steps[event.EventId] = inWords.activity(event.Name);
    if (event.EventType === EVENT.TimerCreated) steps[event.EventId] = inWords.timer;
    if (event.EventType === EVENT.SubOrchestrationInstanceCreated)
      steps[event.EventId] = inWords.child(event.Name);
  }
  return steps;
}

/** The same words for what the code of today begins. */
export function takenStep(operation: Operation): string {
  switch (operation.kind) {
    case "activity":
      return inWords.activity(operation.name);
    case "child":
      return inWords.child(operation.name);
    case "timer":
      return inWords.timer;
  }
}

/** The first step that differs, counted from 1. */
export function differentStep(
  recorded: readonly string[],
  taken: readonly string[],
): string | undefined {
  for (let id = 0; id < Math.max(recorded.length, taken.length); id += 1) {
    const [was, is] = [recorded[id], taken[id]];
    if (was === is) continue;
    const step = `step ${id + 1}`;
    if (was === undefined) return `${step}, ${is ?? "?"}, goes beyond the end of the recording`;
    if (is === undefined) return `${step} was ${was} and is no longer taken`;
    return `${step} was ${was} and is now ${is}`;
  }
  return undefined;
}

/** The first sub-orchestration that the code now gives another id, which comes of another order of `newGuid`. */
export function differentChild(
  history: readonly HistoryEvent[],
  given: ReadonlyMap<number, string>,
): string | undefined {
  for (const event of history) {
    if (event.EventType !== EVENT.SubOrchestrationInstanceCreated) continue;
    const { EventId: id, Name: name, InstanceId: was } = event;
    const is = given.get(id) ?? was;
    if (is !== was)
      return `step ${id + 1}, ${inWords.child(name)}, had the id "${was}" and now has the id "${is}"`;
  }
  return undefined;
}
