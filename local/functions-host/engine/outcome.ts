import {
  EVENT,
  type HistoryEvent,
  childCreated,
  childSettled,
  executionCompleted,
  executionStarted,
  orchestratorCompleted,
  taskScheduled,
  timerCreated,
  timerFired,
} from "./history.ts";
import type { Operation } from "./operation.ts";
import type { KnownFunctions, Replay } from "./replay.ts";
import type {
  EpisodeCommit,
  InstanceRecord,
  NewActivity,
  NewInstance,
  OutgoingMessage,
} from "./store.ts";
import type { RuntimeStatus } from "./task-hub.ts";

/** What an episode may know besides the stored state: no clock and no randomness of its own. */
export interface Surroundings {
  readonly now: number;
  readonly known: KnownFunctions;
  readonly defaultVersion: string | null;
  readonly newExecutionId: () => string;
  /** The real host's race: a terminate that is in one batch with continueAsNew is lost. */
  readonly continueAsNewBeatsTerminate: boolean;
}

/** A sentence for the log; an instance that can't go on is an error. */
export interface Remark {
  readonly level: "warning" | "error";
  readonly text: string;
}

/** What there is to do for a batch of messages. */
export interface Episode {
  readonly instance: InstanceRecord;
  readonly past: readonly HistoryEvent[];
  readonly fresh: readonly HistoryEvent[];
  readonly consumed: readonly string[];
  readonly suspended: boolean;
  /** The text to run the function with; null when the outcome does not depend on it. */
  readonly payload: string | null;
}

export interface Outcome {
  readonly commit: EpisodeCommit;
  readonly remarks: readonly Remark[];
}

/** The instance goes on: its decisions become events, activities, timers and children. */
export function go(episode: Episode, around: Surroundings, replay: Replay | null): Outcome {
  const { instance, fresh } = episode;
  const status = episode.suspended ? "Suspended" : "Running";
  const commit = written(episode, around, { status, output: pauseReason(fresh, instance.output) });
  const decided = (replay?.decisions ?? []).map(([id, operation]) =>
    decision(instance, id, operation, around),
  );
  return {
    commit: {
      ...commit,
      events: [...fresh, ...decided.map(({ event }) => event), orchestratorCompleted(around.now)],
      activities: decided.flatMap(({ activity }) => activity ?? []),
      messages: decided.flatMap(({ message }) => message ?? []),
      children: decided.flatMap(({ child }) => child ?? []),
    },
    remarks: replay ? remarksOn(instance, replay) : [],
  };
}

interface Decision {
  readonly event: HistoryEvent;
  readonly activity?: NewActivity;
  readonly message?: OutgoingMessage;
  readonly child?: NewInstance;
}

function decision(
  instance: InstanceRecord,
  taskId: number,
  operation: Operation,
  { now, newExecutionId, defaultVersion }: Surroundings,
): Decision {
  switch (operation.kind) {
    case "activity": {
      const { name, input } = operation;
      const activity = { taskId, name, data: triggerText(input) };
      return { event: taskScheduled(now, taskId, name), activity };
    }
    case "timer": {
      const { fireAt, cancelled } = operation;
      const event = timerCreated(now, taskId, fireAt);
      if (cancelled) return { event };
      const fired = addressed(instance, timerFired(taskId, fireAt));
      return { event, message: { ...fired, visibleAt: fireAt } };
    }
    case "child": {
      const { instanceId, executionId } = instance;
      const child = {
        instanceId: operation.instanceId ?? `${executionId}:${taskId}`,
        executionId: newExecutionId(),
        name: operation.name,
        version: operation.version ?? defaultVersion,
        input: jsonOrNull(operation.input),
        parent: { instanceId, executionId, taskId },
      };
      return { event: childCreated(now, taskId, operation.name, child.instanceId), child };
    }
  }
}

function jsonOrNull(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** As on the real host, the reason of a suspend or resume is the output of a running instance. */
function pauseReason(fresh: readonly HistoryEvent[], output: string | null): string | null {
  let reason = output;
  for (const event of fresh) {
    const { EventType: type } = event;
    if (type === EVENT.ExecutionSuspended || type === EVENT.ExecutionResumed) reason = event.Reason;
  }
  return reason;
}

function addressed(instance: InstanceRecord, event: HistoryEvent) {
  return { instanceId: instance.instanceId, executionId: instance.executionId, event };
}

/** Compact JSON for objects; .NET's spelling of booleans; nothing for null. */
function triggerText(input: unknown): string | null {
  if (input === undefined || input === null) return null;
  if (typeof input === "string") return input;
  if (typeof input === "boolean") return input ? "True" : "False";
  return JSON.stringify(input);
}

function remarksOn({ instanceId, name }: InstanceRecord, replay: Replay): Remark[] {
  if (replay.unknownFunction !== null) {
    const text = `orchestration "${instanceId}" (${name}) calls "${replay.unknownFunction}", which is not registered: it stays Running for ever, as on Azure; register the function or terminate the instance`;
    return [{ level: "error", text }];
  }
  if (replay.hasOpenTasks || (!replay.walked && replay.waitsForEvents)) return [];
  const text = `orchestration "${instanceId}" (${name}) is stuck: its function is not done, threw nothing that counts as an error and waits for nothing; throw real Errors with a message, and yield only tasks. It stays Running for ever, as on Azure; terminate it`;
  return [{ level: "error", text }];
}

export function finish(
  episode: Episode,
  around: Surroundings,
  status: Extract<RuntimeStatus, "Completed" | "Failed" | "Terminated">,
  output: string | null,
): Outcome {
  const { instance, fresh } = episode;
  const { now } = around;
  const events = [...fresh, executionCompleted(now, status, output), orchestratorCompleted(now)];
  const messages = instance.parent ? [report(instance, status, output, now)] : [];
  const commit = { ...written(episode, around, { status, output }), events, messages };
  return { commit, remarks: [] };
}

/** A terminated child has no details, which its parent's function can't catch: as on the real host. */
function report(
  { parent, name }: InstanceRecord,
  status: RuntimeStatus,
  output: string | null,
  now: number,
): OutgoingMessage {
  const { instanceId, executionId, taskId } = parent ?? NOBODY;
  const reason = output ?? "";
  const details =
    status === "Terminated"
      ? null
      : JSON.stringify({ ClassName: "System.Exception", Message: reason, Function: name });
  const outcome =
    status === "Completed"
      ? ({ ok: true, result: output } as const)
      : ({ ok: false, reason, details } as const);
  return { instanceId, executionId, event: childSettled(now, taskId, outcome), visibleAt: now };
}

export function again(episode: Episode, replay: Replay, around: Surroundings): Outcome {
  const { instance } = episode;
  const { now } = around;
  const input = replay.continueAsNew?.input;
  const next = {
    ...instance,
    executionId: around.newExecutionId(),
    input: jsonOrNull(input),
    customStatus: null,
    createdAt: now,
  };
  const started = addressed(next, executionStarted(now, next));
  const carried = replay.carried.map((event) => ({ ...addressed(next, event), executionId: null }));
  const dropped = replay.unconsumed.map((event): Remark => ({
    level: "warning",
    text: `orchestration "${instance.instanceId}" (${instance.name}) dropped its event "${event}" at continueAsNew, as on Azure: nothing had waited for it`,
  }));
  return {
    commit: {
      ...written({ ...episode, instance: next }, around, { status: "Running", output: null }),
      replace: true,
      messages: [started, ...carried].map((one) => ({ ...one, visibleAt: now, first: true })),
    },
    remarks: dropped,
  };
}

function written(
  { instance, consumed }: Episode,
  { now }: Surroundings,
  { status, output }: Pick<InstanceRecord, "status" | "output">,
): EpisodeCommit {
  return { ...nothing({ ...instance, status, output, updatedAt: now }), consumed };
}

/** A commit that leaves all as it is. */
export function nothing(instance: InstanceRecord): EpisodeCommit {
  const none = { consumed: [], events: [], activities: [], messages: [], children: [] };
  return { instance, replace: false, ...none };
}

/** What the parent is told when a child's id is taken by an instance that has not finished. */
export function refusedChild(
  child: NewInstance,
  existing: RuntimeStatus,
  now: number,
): OutgoingMessage {
  const { instanceId, executionId, taskId } = child.parent ?? NOBODY;
  const reason = alreadyExists(existing);
  const details = JSON.stringify({
    ClassName: "System.InvalidOperationException",
    Message: reason,
  });
  const event = childSettled(now, taskId, { ok: false, reason, details });
  return { instanceId, executionId, event, visibleAt: now };
}

export function alreadyExists(status: RuntimeStatus): string {
  return `An Orchestration instance with the status ${status} already exists.`;
}

const NOBODY = { instanceId: "", executionId: "", taskId: -1 };
