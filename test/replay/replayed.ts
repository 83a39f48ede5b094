import type { OrchestrationHandler } from "durable-functions";
import {
  rejected,
  returned,
  type Action,
  type OrchestratorState,
} from "../../local/functions-host/engine/actions.ts";
import { EVENT, type HistoryEvent } from "../../local/functions-host/engine/history.ts";
import { Replay } from "../../local/functions-host/engine/replay.ts";
import { replayer } from "../support/replay.ts";
import { recordedSteps, takenStep } from "./steps.ts";

/** The events of one instance as its function is given them, and what else it can know. */
export interface Past {
  readonly history: readonly HistoryEvent[];
  readonly input: unknown;
  readonly instanceId: string;
  /** Approximate: the moments at which its episodes began were not recorded. */
  readonly clock: "exact" | "approximate";
}

export type End =
  | { readonly kind: "completed"; readonly output: unknown }
  | { readonly kind: "failed"; readonly error: string }
  | { readonly kind: "continued" }
  | { readonly kind: "waiting" };

export interface Replayed {
  /** By sequence id. */
  readonly steps: readonly string[];
  /** The ids that the code gives to its sub-orchestrations, by sequence id. */
  readonly childIds: ReadonlyMap<number, string>;
  readonly end: End;
}

const SCHEDULED: ReadonlySet<number> = new Set([
  EVENT.TaskScheduled,
  EVENT.SubOrchestrationInstanceCreated,
  EVENT.TimerCreated,
]);

/** Runs the code of today through the whole history, in the executor of durable-functions, and says what it begins. */
export async function replay(
  { history, input, instanceId }: Past,
  handler: OrchestrationHandler,
): Promise<Replayed> {
  const events = history.map((event) => ({ ...event, Timestamp: new Date(event.Timestamp) }));
  const run = replayer(handler);
  const invoked = await run({
    history: events,
    input,
    instanceId,
    onLog: () => undefined,
  }).then(returned, rejected);
  if (invoked.kind === "broken") {
    // What it began is lost with it, so that only its end can be compared.
    return {
      steps: recordedSteps(history),
      childIds: new Map(),
      end: { kind: "failed", error: invoked.message },
    };
  }
  const names = functionsIn(invoked.state.actions);
  const walk = new Replay(invoked.state.actions, { orchestrators: names, activities: names });
  // Without the marks of what was scheduled, so that it numbers the steps and does not judge them.
  for (const event of history) if (!SCHEDULED.has(event.EventType)) walk.handle(event);
  return {
    steps: walk.decisions.map(([, operation]) => takenStep(operation)),
    childIds: new Map(
      walk.decisions.flatMap(([id, operation]) =>
        operation.kind === "child" && operation.instanceId !== undefined
          ? [[id, operation.instanceId] as const]
          : [],
      ),
    ),
    end: endOf(invoked.state, walk),
  };
}

function functionsIn(actions: readonly Action[]): string[] {
  return actions.flatMap((action) => {
    if ("compoundActions" in action) return functionsIn(action.compoundActions);
    return "functionName" in action ? [action.functionName] : [];
  });
}

/** A host lets nothing end while something that was begun has not. */
function endOf({ isDone, output, error }: OrchestratorState, walk: Replay): End {
  if (!walk.walked || walk.hasOpenTasks) return { kind: "waiting" };
  if (typeof error === "string") return { kind: "failed", error };
  if (!isDone) return { kind: "waiting" };
  if (walk.continueAsNew !== null) return { kind: "continued" };
  return { kind: "completed", output: output ?? null };
}

/** How the recorded execution ended. */
export function recordedEnd(history: readonly HistoryEvent[]): End {
  const end = history.find(({ EventType }) => EventType === EVENT.ExecutionCompleted);
  if (end?.EventType !== EVENT.ExecutionCompleted) return { kind: "waiting" };
  const { OrchestrationStatus: status, Result: result } = end;
  if (status === "Completed") return { kind: "completed", output: JSON.parse(result ?? "null") };
  if (status === "Failed") return { kind: "failed", error: withoutPrefix(result ?? "") };
  if (status === "ContinuedAsNew") return { kind: "continued" };
  throw new Error(`an execution that ended as "${status}" cannot be replayed`);
}

/** The host puts the function's name before what it threw. */
function withoutPrefix(text: string): string {
  return text.replace(/^Orchestrator function '[^']*' failed: /, "");
}

/** A termination is not of the code's making, and the host no longer runs what comes with it: up to there it waits. */
export function beforeTermination(past: Past): Past {
  const end = past.history.findIndex(({ EventType }) => EventType === EVENT.ExecutionTerminated);
  if (end === -1) return past;
  const batch = past.history
    .slice(0, end)
    .findLastIndex(({ EventType }) => EventType === EVENT.OrchestratorStarted);
  if (batch < 1) throw new Error("it was terminated before it began: there is nothing to replay");
  return { ...past, history: past.history.slice(0, batch) };
}
