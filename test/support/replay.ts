import { InvocationContext } from "@azure/functions";
import type { OrchestrationHandler } from "durable-functions";
import { createRequire } from "node:module";
import { DomainError } from "../../src/domain/errors.ts";
import type { WireObject } from "../../src/durable/wire.ts";

export interface HistoryEvent {
  readonly EventType: number;
  readonly EventId: number;
  IsPlayed: boolean;
  readonly Timestamp: Date;
  readonly [field: string]: unknown;
}

export interface Action {
  readonly actionType: number;
  readonly functionName?: string;
  readonly input?: unknown;
  readonly instanceId?: string;
  readonly version?: string;
  readonly fireAt?: string;
  readonly isCanceled?: boolean;
  readonly compoundActions?: readonly Action[];
}

export interface State {
  readonly isDone: boolean;
  readonly actions: readonly (readonly Action[])[];
  readonly output?: unknown;
  readonly customStatus?: unknown;
  readonly error?: string;
}

type Listener = (trigger: unknown, context: InvocationContext) => Promise<State>;

// The library's own executor; it is not among its typed exports.
const { createOrchestrator } = createRequire(import.meta.url)(
  "durable-functions/lib/src/util/testingUtils.js",
) as { createOrchestrator: (handler: OrchestrationHandler) => Listener };

export const EVENT = {
  started: 0,
  scheduled: 4,
  completed: 5,
  failed: 6,
  subCreated: 7,
  subCompleted: 8,
  subFailed: 9,
  timerCreated: 10,
  timerFired: 11,
  episode: 12,
  raised: 15,
} as const;

export const ACTION = {
  activity: 0,
  orchestration: 2,
  continueAsNew: 4,
  timer: 5,
  event: 6,
} as const;

export interface Episode {
  readonly history: readonly HistoryEvent[];
  readonly input: unknown;
  readonly instanceId: string;
  readonly onLog: (line: string) => void;
}

/** Makes a function that runs a handler once through a history, as the host does it, and gives back what it answers. */
export function replayer(handler: OrchestrationHandler): (episode: Episode) => Promise<State> {
  const listener = createOrchestrator(handler);
  return async ({ history, input, instanceId, onLog }) => {
    const context = new InvocationContext({
      functionName: "replayed",
      logHandler: (_level, ...lines) => onLog(lines.map(String).join(" ")),
    });
    const trigger = {
      history: structuredClone(history),
      input: structuredClone(input),
      instanceId,
      isReplaying: false,
      parentInstanceId: "",
      upperSchemaVersion: 1,
      upperSchemaVersionNew: 3,
      longRunningTimerIntervalDuration: "3.00:00:00",
      maximumShortTimerDuration: "6.00:00:00",
      defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
    };
    // The host reads the answer as JSON.
    return JSON.parse(JSON.stringify(await listener(trigger, context).catch(stateInside))) as State;
  };
}

/** The single actions of an answer in the order in which the engine numbers them. */
export function leaves(action: Action): readonly Action[] {
  return action.compoundActions?.flatMap(leaves) ?? [action];
}

/** The state that the library hides in the message of what it throws. */
function stateInside(error: unknown): State {
  const [, json] = String(error).split("$OutOfProcData$:");
  if (json === undefined) throw error;
  return JSON.parse(json) as State;
}

/** The result of an activity whose worker died: it fails without our envelope. */
export const LOST = Symbol("lost");

type OutcomeEvent = Pick<HistoryEvent, "EventType"> & Readonly<Record<string, unknown>>;

export type Outcome = WireObject | DomainError | typeof LOST;

/** How an activity's outcome comes back. */
export function activityEvent(outcome: Outcome): OutcomeEvent {
  if (outcome === LOST)
    return { EventType: EVENT.failed, ...hostText("Activity function failed: worker died") };
  const envelope =
    outcome instanceof DomainError ? { error: outcome.toEnvelope() } : { ok: outcome };
  return { EventType: EVENT.completed, Result: JSON.stringify(envelope) };
}

/** How a sub-orchestration's outcome comes back. */
export function childEvent(outcome: Outcome): OutcomeEvent {
  if (outcome === LOST) return { EventType: EVENT.subFailed, ...hostText("terminated") };
  if (outcome instanceof DomainError) {
    const text = `Orchestrator function 'x' failed: ${outcome.code}: ${outcome.message}`;
    return { EventType: EVENT.subFailed, ...hostText(text) };
  }
  return { EventType: EVENT.subCompleted, Result: JSON.stringify(outcome) };
}

/** The host adds the text of its own exception, with stacks that can hold anything. */
function hostText(Reason: string): { readonly Reason: string; readonly Details: string } {
  return {
    Reason,
    Details: '{"ClassName":"FunctionFailedException","Message":"password=not-to-be-seen"}',
  };
}
