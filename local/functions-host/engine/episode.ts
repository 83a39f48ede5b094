import type { Invoked, OrchestratorState } from "./actions.ts";
import { EVENT, type HistoryEvent, orchestratorStarted } from "./history.ts";
import { sift } from "./inbox.ts";
import { NonDeterminism } from "./operation.ts";
import {
  type Episode,
  type Outcome,
  type Surroundings,
  again,
  finish,
  go,
  nothing,
} from "./outcome.ts";
import { type KnownFunctions, Replay, Unsupported } from "./replay.ts";
import type { EpisodeCommit, LeasedEpisode } from "./store.ts";
import { isFinished } from "./task-hub.ts";

/** Sifts the batch and writes the text that the orchestrator function is called with. */
export function prepare(work: LeasedEpisode, around: Surroundings): Episode {
  const { instance, history } = work;
  const { fresh, consumed, suspended } = sift(work);
  const past = history.map((event) => ({ ...event, IsPlayed: true }));
  const started = orchestratorStarted(around.now);
  const episode = { instance, past, fresh: [started, ...fresh], consumed, suspended };
  const terminated = fresh.some(({ EventType }) => EventType === EVENT.ExecutionTerminated);
  const wakes = fresh.some(({ EventType }) => !QUIET.has(EventType));
  const runs =
    wakes &&
    (!terminated || around.continueAsNewBeatsTerminate) &&
    includesName(around.known.orchestrators, instance.name);
  return { ...episode, payload: runs ? payload(episode) : null };
}

const QUIET: ReadonlySet<number> = new Set([
  EVENT.ExecutionTerminated,
  EVENT.ExecutionSuspended,
  EVENT.ExecutionResumed,
]);

function includesName(names: readonly string[], name: string): boolean {
  return names.some((one) => one.toLowerCase() === name.toLowerCase());
}

function payload({ instance, past, fresh }: Omit<Episode, "payload">): string {
  return JSON.stringify({
    history: [...past, ...fresh],
    input: parsed(instance.input),
    instanceId: instance.instanceId,
    parentInstanceId: instance.parent?.instanceId ?? null,
    isReplaying: past.length > 0,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 3,
    longRunningTimerIntervalDuration: "3.00:00:00",
    maximumShortTimerDuration: "6.00:00:00",
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
  });
}

function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}

/** Decides what the episode changes; `invoked` is null exactly when `payload` was. */
export function conclude(episode: Episode, invoked: Invoked | null, around: Surroundings): Outcome {
  const { instance, fresh } = episode;
  const terminated = fresh.find(({ EventType }) => EventType === EVENT.ExecutionTerminated);
  if (invoked === null) {
    if (terminated) return finish(episode, around, "Terminated", reasonOf(terminated));
    if (includesName(around.known.orchestrators, instance.name)) return go(episode, around, null);
    return finish(episode, around, "Failed", unknownFunction(instance.name, around.known));
  }
  const outcome = afterFunction(episode, invoked, around);
  return terminated && !outcome.commit.replace
    ? finish(episode, around, "Terminated", reasonOf(terminated))
    : outcome;
}

function reasonOf(event: HistoryEvent): string | null {
  return event.EventType === EVENT.ExecutionTerminated ? event.Input : null;
}

function afterFunction(episode: Episode, invoked: Invoked, around: Surroundings): Outcome {
  const { name } = episode.instance;
  const fail = (message: string) =>
    finish(episode, around, "Failed", `Orchestrator function '${name}' failed: ${message}`);
  if (invoked.kind === "broken") return fail(invoked.message);
  const tooLarge = oversized(invoked.state.customStatus);
  if (tooLarge !== null) return fail(tooLarge);
  const replay = new Replay(invoked.state.actions, around.known);
  try {
    for (const event of [...episode.past, ...episode.fresh]) replay.handle(event);
  } catch (error) {
    if (error instanceof NonDeterminism) return finish(episode, around, "Failed", error.message);
    if (error instanceof Unsupported) return fail(error.message);
    throw error;
  }
  return applied(episode, invoked.state, replay, around);
}

function applied(
  episode: Episode,
  state: OrchestratorState,
  replay: Replay,
  around: Surroundings,
): Outcome {
  const { instance } = episode;
  const customStatus =
    state.customStatus === undefined ? instance.customStatus : JSON.stringify(state.customStatus);
  const changed = { ...episode, instance: { ...instance, customStatus } };
  if (!replay.walked || replay.hasOpenTasks) return go(changed, around, replay);
  if (state.error) {
    const message = `Orchestrator function '${instance.name}' failed: ${state.error}`;
    return finish(changed, around, "Failed", message);
  }
  if (!state.isDone) return go(changed, around, replay);
  if (replay.continueAsNew) return again(changed, replay, around);
  const output = state.output === undefined ? null : JSON.stringify(state.output);
  return finish(changed, around, "Completed", output);
}

/** The check rounds down to whole KiB of UTF-16, as the real one. */
function oversized(customStatus: unknown): string | null {
  const text = customStatus === undefined ? "" : JSON.stringify(customStatus);
  const size = Math.floor((text.length * 2) / 1024);
  return size <= 16
    ? null
    : `The UTF-16 size of the JSON-serialized payload must not exceed 16 KB. The current payload size is ${size} KB.`;
}

function unknownFunction(name: string, { orchestrators }: KnownFunctions): string {
  const known = orchestrators.map((one) => `'${one}'`).join(", ");
  return `The function '${name}' doesn't exist, is disabled, or is not an orchestrator function. Additional info: ${known === "" ? "No orchestrator functions are currently registered!" : `The following are the known orchestrator functions: ${known}.`}`;
}

/** What to write when the batch has nothing for the function: its messages go, and that is all. */
export function discard({ instance, consumed }: Episode): EpisodeCommit {
  return { ...nothing(instance), consumed };
}

/** True when all of the batch was stale, came twice, came too late or has to wait. */
export function isEmpty({ fresh, instance }: Episode): boolean {
  return fresh.length <= 1 || isFinished(instance.status);
}
