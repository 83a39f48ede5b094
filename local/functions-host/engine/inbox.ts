import { EVENT, type HistoryEvent } from "./history.ts";
import type { LeasedEpisode } from "./store.ts";
import { isFinished } from "./task-hub.ts";

export interface Sifted {
  /** What the episode handles. */
  readonly fresh: readonly HistoryEvent[];
  /** Messages that leave the inbox with it; those that came while suspended stay. */
  readonly consumed: readonly string[];
  readonly suspended: boolean;
}

/** Drops what is stale or came twice, and holds back what arrives while the instance is suspended. */
export function sift({ instance, history, messages }: LeasedEpisode): Sifted {
  if (isFinished(instance.status)) {
    return { fresh: [], consumed: messages.map(({ id }) => id), suspended: false };
  }
  const open = new OpenTasks(history);
  const fresh: HistoryEvent[] = [];
  const consumed: string[] = [];
  let suspended = instance.status === "Suspended";
  for (const { id, executionId, event } of messages) {
    const stale = executionId !== null && executionId !== instance.executionId;
    if (suspended && !stale && !ENDS_PAUSE.has(event.EventType)) continue;
    consumed.push(id);
    if (stale || !open.admits(event)) continue;
    fresh.push(event);
    if (event.EventType === EVENT.ExecutionSuspended) suspended = true;
    if (event.EventType === EVENT.ExecutionResumed) suspended = false;
  }
  return { fresh, consumed, suspended };
}

const ENDS_PAUSE: ReadonlySet<number> = new Set([
  EVENT.ExecutionResumed,
  EVENT.ExecutionTerminated,
]);

/** What the history has begun and not yet seen end. */
class OpenTasks {
  readonly #open = new Set<number>();
  #started = false;

  constructor(history: readonly HistoryEvent[]) {
    for (const event of history) this.admits(event);
  }

  /** False for a second start and for a second end of the same task. */
  admits(event: HistoryEvent): boolean {
    if (event.EventType === EVENT.ExecutionStarted) {
      const first = !this.#started;
      this.#started = true;
      return first;
    }
    if (BEGINS.has(event.EventType)) this.#open.add(event.EventId);
    if ("TaskScheduledId" in event) return this.#open.delete(event.TaskScheduledId);
    if ("TimerId" in event) return this.#open.delete(event.TimerId);
    return true;
  }
}

const BEGINS: ReadonlySet<number> = new Set([
  EVENT.TaskScheduled,
  EVENT.SubOrchestrationInstanceCreated,
  EVENT.TimerCreated,
]);
