/** DurableTask's numbers of the events that this engine writes. */
export const EVENT = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  ExecutionTerminated: 3,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  SubOrchestrationInstanceCreated: 7,
  SubOrchestrationInstanceCompleted: 8,
  SubOrchestrationInstanceFailed: 9,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventRaised: 15,
  ExecutionSuspended: 19,
  ExecutionResumed: 20,
} as const;

interface Common {
  readonly EventId: number;
  readonly IsPlayed: boolean;
  readonly Timestamp: string;
}

interface Started extends Common {
  readonly EventType: typeof EVENT.ExecutionStarted;
  readonly Name: string;
  readonly Version: string | null;
  readonly Input: string | null;
  readonly OrchestrationInstance: { readonly InstanceId: string; readonly ExecutionId: string };
  readonly ParentInstance: { readonly InstanceId: string; readonly ExecutionId: string } | null;
}

interface Completed extends Common {
  readonly EventType: typeof EVENT.ExecutionCompleted;
  readonly OrchestrationStatus: string;
  readonly Result: string | null;
}

interface Terminated extends Common {
  readonly EventType: typeof EVENT.ExecutionTerminated;
  readonly Input: string | null;
}

interface Scheduled extends Common {
  readonly EventType: typeof EVENT.TaskScheduled;
  readonly Name: string;
  readonly Version: string | null;
  readonly Input: null;
}

interface ChildCreated extends Common {
  readonly EventType: typeof EVENT.SubOrchestrationInstanceCreated;
  readonly Name: string;
  readonly InstanceId: string;
  readonly Input: null;
}

interface Succeeded extends Common {
  readonly EventType: typeof EVENT.TaskCompleted | typeof EVENT.SubOrchestrationInstanceCompleted;
  readonly TaskScheduledId: number;
  readonly Result: string | null;
}

interface Failed extends Common {
  readonly EventType: typeof EVENT.TaskFailed | typeof EVENT.SubOrchestrationInstanceFailed;
  readonly TaskScheduledId: number;
  readonly Reason: string;
  readonly Details: string | null;
  readonly FailureDetails: null;
}

interface TimerCreated extends Common {
  readonly EventType: typeof EVENT.TimerCreated;
  readonly FireAt: string;
}

interface TimerFired extends Common {
  readonly EventType: typeof EVENT.TimerFired;
  readonly TimerId: number;
  readonly FireAt: string;
}

interface Episode extends Common {
  readonly EventType: typeof EVENT.OrchestratorStarted | typeof EVENT.OrchestratorCompleted;
}

interface Raised extends Common {
  readonly EventType: typeof EVENT.EventRaised;
  readonly Name: string;
  readonly Input: string | null;
}

interface Paused extends Common {
  readonly EventType: typeof EVENT.ExecutionSuspended | typeof EVENT.ExecutionResumed;
  readonly Reason: string | null;
}

/** One event of an instance's history, exactly as the orchestrator function is given it. */
export type HistoryEvent =
  | Started
  | Completed
  | Terminated
  | Scheduled
  | ChildCreated
  | Succeeded
  | Failed
  | TimerCreated
  | TimerFired
  | Episode
  | Raised
  | Paused;

export type TaskSettledEvent = Succeeded | Failed;

const common = (at: number, id = -1): Common => ({
  EventId: id,
  IsPlayed: false,
  Timestamp: new Date(at).toISOString(),
});

export interface ExecutionFacts {
  readonly instanceId: string;
  readonly executionId: string;
  readonly name: string;
  readonly version: string | null;
  readonly input: string | null;
  readonly parent: ParentLink | null;
}

/** Where a sub-orchestration reports its end. */
export interface ParentLink {
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
}

export function executionStarted(at: number, facts: ExecutionFacts): Started {
  const { instanceId, executionId, name, version, input, parent } = facts;
  return {
    EventType: EVENT.ExecutionStarted,
    ...common(at),
    Name: name,
    Version: version,
    Input: input,
    OrchestrationInstance: { InstanceId: instanceId, ExecutionId: executionId },
    ParentInstance: parent && {
      InstanceId: parent.instanceId,
      ExecutionId: parent.executionId,
    },
  };
}

export function executionCompleted(at: number, status: string, result: string | null): Completed {
  return {
    EventType: EVENT.ExecutionCompleted,
    ...common(at),
    OrchestrationStatus: status,
    Result: result,
  };
}

export function executionTerminated(at: number, reason: string | null): Terminated {
  return { EventType: EVENT.ExecutionTerminated, ...common(at), Input: reason };
}

export function executionSuspended(at: number, reason: string | null): Paused {
  return { EventType: EVENT.ExecutionSuspended, ...common(at), Reason: reason };
}

export function executionResumed(at: number, reason: string | null): Paused {
  return { EventType: EVENT.ExecutionResumed, ...common(at), Reason: reason };
}

export function eventRaised(at: number, name: string, input: string | null): Raised {
  return { EventType: EVENT.EventRaised, ...common(at), Name: name, Input: input };
}

export function taskScheduled(at: number, id: number, name: string): Scheduled {
  return {
    EventType: EVENT.TaskScheduled,
    ...common(at, id),
    Name: name,
    Version: "",
    Input: null,
  };
}

export function childCreated(
  at: number,
  id: number,
  name: string,
  instanceId: string,
): ChildCreated {
  return {
    EventType: EVENT.SubOrchestrationInstanceCreated,
    ...common(at, id),
    Name: name,
    InstanceId: instanceId,
    Input: null,
  };
}

export function timerCreated(at: number, id: number, fireAt: number): TimerCreated {
  return {
    EventType: EVENT.TimerCreated,
    ...common(at, id),
    FireAt: new Date(fireAt).toISOString(),
  };
}

export function timerFired(id: number, fireAt: number): TimerFired {
  return {
    EventType: EVENT.TimerFired,
    ...common(fireAt),
    TimerId: id,
    FireAt: new Date(fireAt).toISOString(),
  };
}

export function orchestratorStarted(at: number): Episode {
  return { EventType: EVENT.OrchestratorStarted, ...common(at) };
}

export function orchestratorCompleted(at: number): Episode {
  return { EventType: EVENT.OrchestratorCompleted, ...common(at) };
}

/** How an activity or a sub-orchestration ended. */
export type TaskOutcome =
  | { readonly ok: true; readonly result: string | null }
  | { readonly ok: false; readonly reason: string; readonly details: string | null };

function settled(
  at: number,
  taskId: number,
  outcome: TaskOutcome,
  types: readonly [Succeeded["EventType"], Failed["EventType"]],
): TaskSettledEvent {
  return outcome.ok
    ? { EventType: types[0], ...common(at), TaskScheduledId: taskId, Result: outcome.result }
    : {
        EventType: types[1],
        ...common(at),
        TaskScheduledId: taskId,
        Reason: outcome.reason,
        Details: outcome.details,
        FailureDetails: null,
      };
}

export function activitySettled(
  at: number,
  taskId: number,
  outcome: TaskOutcome,
): TaskSettledEvent {
  return settled(at, taskId, outcome, [EVENT.TaskCompleted, EVENT.TaskFailed]);
}

export function childSettled(at: number, taskId: number, outcome: TaskOutcome): TaskSettledEvent {
  return settled(at, taskId, outcome, [
    EVENT.SubOrchestrationInstanceCompleted,
    EVENT.SubOrchestrationInstanceFailed,
  ]);
}
