import { deletePostgres } from "../activities/delete-postgres.ts";
import { getOperationStatus } from "../activities/get-operation-status.ts";
import { stopOperation } from "../activities/stop-operation.ts";
import { updateMetadata } from "../activities/update-metadata.ts";
import type { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import { hasEnded } from "../domain/operation.ts";
import { orchestration } from "../durable/orchestration.ts";
import { call, now, sleep, type Context, type Durable } from "../durable/steps.ts";
import { MonitorOperation } from "./names.ts";
import { allOf, cleanUpInStep, leftBehind, type Removed } from "./remove-objects.ts";
import { Tracker } from "./tracker.ts";

/** An orchestration that looks lost is looked at again, in case it was only being started. */
const LOOKS = 3;
const LOOK_AGAIN_MS = 10_000;
/** After its deadline an operation still gets the time that its own clean-up takes. */
const GRACE_MS = 360_000;
const LONGEST_ACTIVITY_MS = 60_000;
const REMOVE_MS = 300_000;
/** What cannot be terminated is closed all the same: its late steps read that it is no longer wanted. */
const STOP_MS = 300_000;

/** So long after its deadline nobody was there to close it, or the metadata came out of a backup: it may be in use. */
const TOO_LATE_MS = 2 * 3_600_000;

const NOT_LOOKED = "; nobody has looked what is left of the instance: send DELETE";

type Cause = "orchestration-lost" | "deadline-passed";

const LOST = "the operation's orchestration ended from outside, without closing the operation";
const LATE = "the operation did not end by its deadline";
const STOPPED = `${LATE} and was terminated`;
/** Such as one whose version no host knows. */
const NOT_STOPPED = `${LATE}, and its orchestration could not be terminated`;

export const monitorOperation = orchestration({
  ...MonitorOperation,
  uses: [getOperationStatus, stopOperation, deletePostgres, updateMetadata],

  *run(ctx, { operationId }) {
    const cause = yield* diagnose(ctx, operationId);
    if (cause === undefined) return { closed: false };
    const why = cause === "deadline-passed" ? yield* untilStopped(ctx, operationId) : LOST;
    // Whatever activity was running when the orchestration ended is over by then.
    yield* sleep(ctx, LONGEST_ACTIVITY_MS);

    const found = yield* call(ctx, getOperationStatus, { operationId });
    if (hasEnded(found.status) || isBackAtWork(cause, found)) return { closed: false };
    const tracker = new Tracker(ctx, found.steps);
    tracker.skipRest();
    const { left, remaining, cleanup } = yield* cleanUp(ctx, operationId, found, tracker);
    const ending = { operationId, instanceId: found.instanceId, steps: tracker.snapshot() };
    const { outcome } = yield* call(ctx, updateMetadata, {
      ...ending,
      to: "failed",
      failure: {
        code: cause,
        message: `${why}${left}`,
        ...(remaining.length > 0 && { remaining }),
      },
      ...(cleanup && { result: { cleanup } }),
    });
    if (outcome === "overtaken") yield* call(ctx, updateMetadata, { ...ending, to: "overtaken" });
    return { closed: true };
  },
});

type Found = z.output<typeof getOperationStatus.output>;

/** A start that was late, or a termination that was undone. */
function isBackAtWork(cause: Cause, { orchestration: state, pastDeadline }: Found): boolean {
  return cause === "orchestration-lost" && state === "alive" && !pastDeadline;
}

interface CleanedUp {
  /** What is to be said of it. */
  readonly left: string;
  readonly remaining: string[];
  readonly cleanup?: Removed["cleanup"];
}

/** Removes what a create has made; a delete is for its user to repeat, and what may be in use is left alone. */
function* cleanUp(
  ctx: Context,
  operationId: string,
  { kind, instanceId, instanceName, namespace, instanceState, deadlineAt }: Found,
  tracker: Tracker,
): Durable<CleanedUp> {
  const ref = { instanceId, instanceName, namespace };
  if (kind === "create" && instanceState !== "creating") return { left: "", remaining: [] };
  const lateMs = now(ctx).getTime() - Date.parse(deadlineAt);
  if (kind === "delete" || lateMs > TOO_LATE_MS)
    return {
      left: kind === "delete" ? `${NOT_LOOKED} again` : NOT_LOOKED,
      remaining: [allOf(ref)],
    };
  const removed = yield* cleanUpInStep(ctx, { ref, tracker }, REMOVE_MS, { operationId });
  if (removed === undefined) return { left: "", remaining: [] };
  return { left: leftBehind(removed.remaining), ...removed };
}

/** What is to be said of it. */
function* untilStopped(ctx: Context, operationId: string): Durable<string> {
  const until = now(ctx).getTime() + STOP_MS;
  while (now(ctx).getTime() < until) {
    try {
      if ((yield* call(ctx, stopOperation, { operationId, reason: STOPPED })).stopped)
        return STOPPED;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
    yield* sleep(ctx, LOOK_AGAIN_MS);
  }
  return NOT_STOPPED;
}

/** Why the operation has to be closed from here; undefined when it goes on or has ended by itself. */
function* diagnose(ctx: Context, operationId: string): Durable<Cause | undefined> {
  const began = now(ctx).getTime();
  for (let look = 1; ; look += 1) {
    const {
      status,
      orchestration: state,
      deadlineAt,
    } = yield* call(ctx, getOperationStatus, { operationId });
    if (hasEnded(status)) return undefined;
    const dueAt = Date.parse(deadlineAt);
    const late = now(ctx).getTime() - dueAt;
    if (state === "alive" && late < 0) return undefined;
    // What has not begun may have been started just now, after a long outage: its patience counts from here.
    const patientSince = status === "notStarted" ? Math.max(dueAt, began) : dueAt;
    if (state === "alive" && now(ctx).getTime() - patientSince >= GRACE_MS)
      return "deadline-passed";
    // One that was never started is the sweep's to start, until its deadline has passed.
    if (status === "notStarted" && late < 0) return undefined;
    if (state !== "alive" && look >= LOOKS) return "orchestration-lost";
    yield* sleep(ctx, LOOK_AGAIN_MS);
  }
}
