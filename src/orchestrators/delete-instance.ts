import { beginOperation } from "../activities/begin-operation.ts";
import { deletePostgres } from "../activities/delete-postgres.ts";
import { getOperationStatus } from "../activities/get-operation-status.ts";
import { stopHealthCheck } from "../activities/stop-health-check.ts";
import { stopOperation } from "../activities/stop-operation.ts";
import { updateMetadata } from "../activities/update-metadata.ts";
import type { Cleanup } from "../domain/cleanup.ts";
import type { ObjectRef } from "../domain/cluster.ts";
import { DomainError } from "../domain/errors.ts";
import type { InstanceRef } from "../domain/names.ts";
import { hasEnded } from "../domain/operation.ts";
import { orchestration } from "../durable/orchestration.ts";
import {
  call,
  instanceId as ownId,
  newGuid,
  now,
  sleep,
  type Context,
  type Durable,
} from "../durable/steps.ts";
import { DeleteInstance } from "./names.ts";
import { allOf, removeInStep } from "./remove-objects.ts";
import { asDomainError, Tracker } from "./tracker.ts";

/** How long the health check, and then a running create, may take to end. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 1_000;
/** A running activity outlives its terminated orchestration, by as long as activities may take. */
const LONGEST_ACTIVITY_MS = 60_000;

const STEPS = [
  "begin-operation",
  "stop-health-check",
  "stop-create",
  "delete-postgres",
  "update-metadata",
] as const;

interface Run {
  readonly ctx: Context;
  readonly ref: InstanceRef;
  readonly tracker: Tracker;
}

/** Filled as soon as something was looked at, so that a delete that fails has one, too. */
interface Receipt {
  cleanup?: Cleanup;
}

export const deleteInstance = orchestration({
  ...DeleteInstance,
  uses: [
    beginOperation,
    stopHealthCheck,
    getOperationStatus,
    stopOperation,
    deletePostgres,
    updateMetadata,
  ],

  *run(ctx, ref) {
    const operation = { operationId: ownId(ctx), instanceId: ref.instanceId, token: newGuid(ctx) };
    const tracker = new Tracker(ctx, STEPS);
    const run: Run = { ctx, ref, tracker };

    const begun = yield* tracker.step("begin-operation", () =>
      tracker.call("begin-operation", beginOperation, { ...ref, ...operation, kind: "delete" }),
    );
    if (begun.outcome === "taken") {
      throw new DomainError(
        "operation-taken",
        "this operation has ended, or another execution has it",
      );
    }
    const closeAsOvertaken = function* () {
      tracker.skipRest();
      const steps = tracker.snapshot();
      yield* call(ctx, updateMetadata, { ...operation, steps, to: "overtaken" });
    };
    if (begun.outcome !== "begun") {
      yield* closeAsOvertaken();
      throw new DomainError("overtaken", "another delete has removed the instance");
    }
    const deadline = new Date(begun.deadlineAt);
    tracker.deadline = deadline;
    let gone = false;
    const receipt: Receipt = {};
    try {
      yield* tracker.step("stop-health-check", () =>
        untilLoopEnds(run, begun.healthCheckOrchestrationId),
      );
      const forced = yield* tracker.step("stop-create", () =>
        untilCreateEnds(run, begun.runningCreate),
      );
      const removed = yield* tracker.step("delete-postgres", () =>
        untilGone(run, deadline, forced, receipt),
      );
      gone = true;
      const result = {
        instanceName: ref.instanceName,
        deleted: removed.length > 0,
        removed: [...removed],
      };
      const { outcome } = yield* tracker.step("update-metadata", () =>
        tracker.call(
          "update-metadata",
          updateMetadata,
          {
            ...operation,
            steps: tracker.snapshot("update-metadata"),
            to: "deleted",
            result: { ...result, removed: removed.map((object) => ({ ...object })), ...receipt },
          },
          { beyondDeadline: true },
        ),
      );
      if (outcome !== "done") {
        throw new DomainError("overtaken", "another delete or a monitor has ended this one");
      }
      return result;
    } catch (error) {
      const { code, message, details } = asDomainError(error);
      if (code === "overtaken") {
        yield* closeAsOvertaken();
        throw error;
      }
      tracker.skipRest();
      const named = details?.["remaining"];
      const remaining = Array.isArray(named) ? named.map(String) : gone ? [] : [allOf(ref)];
      const { outcome } = yield* tracker.call(
        "update-metadata",
        updateMetadata,
        {
          ...operation,
          steps: tracker.snapshot(),
          to: "failed",
          failure: {
            code,
            message,
            ...(remaining.length > 0 && { remaining }),
          },
          ...(receipt.cleanup && { result: { ...receipt } }),
        },
        { beyondDeadline: true },
      );
      if (outcome === "overtaken") yield* closeAsOvertaken();
      throw error;
    }
  },
});

/** Goes on all the same when time is up: the loop ends itself once it reads `deleting`. */
function* untilLoopEnds(
  { ctx, ref, tracker }: Run,
  orchestrationId: string | undefined,
): Durable<void> {
  const until = now(ctx).getTime() + PATIENCE_MS;
  do {
    try {
      const { stopped } = yield* tracker.call("stop-health-check", stopHealthCheck, {
        ...ref,
        orchestrationId,
      });
      if (stopped) return;
    } catch (error) {
      if (asDomainError(error).code === "deadline-passed") throw error;
    }
    yield* sleep(ctx, PAUSE_MS);
  } while (now(ctx).getTime() < until);
}

/** A create sees at its next step that it was overtaken; true when an activity of it may still be running. */
function* untilCreateEnds(run: Run, operationId: string | undefined): Durable<boolean> {
  if (operationId === undefined) return false;
  try {
    return yield* endOf(run, operationId);
  } catch (error) {
    // What a create does from now on is fenced off, so that it need not be known to have ended.
    if (asDomainError(error).code === "deadline-passed") throw error;
    return true;
  }
}

function* endOf({ ctx, tracker }: Run, operationId: string): Durable<boolean> {
  const until = now(ctx).getTime() + PATIENCE_MS;
  for (;;) {
    const { status, orchestration: state } = yield* tracker.call(
      "stop-create",
      getOperationStatus,
      { operationId },
    );
    if (hasEnded(status)) return false;
    if (state !== "alive") return status === "running";
    if (now(ctx).getTime() >= until) break;
    tracker.waiting(
      "stop-create",
      `create operation ${operationId} has not seen yet that it was overtaken`,
    );
    yield* sleep(ctx, PAUSE_MS);
  }
  yield* tracker.call("stop-create", stopOperation, {
    operationId,
    reason: "overtaken by a delete",
  });
  return true;
}

function* untilGone(
  { ctx, ref, tracker }: Run,
  deadline: Date,
  forced: boolean,
  receipt: Receipt,
): Durable<readonly ObjectRef[]> {
  const seen = new Map<string, ObjectRef>();
  const remove = function* () {
    const left = deadline.getTime() - now(ctx).getTime();
    const outcome = yield* removeInStep(ctx, { ref, tracker, name: "delete-postgres" }, left);
    for (const object of outcome.removed) seen.set(object.uid, object);
    receipt.cleanup = { ...outcome.cleanup, removed: [...seen.values()] };
    return outcome;
  };
  const first = yield* remove();
  if (forced) yield* sleep(ctx, LONGEST_ACTIVITY_MS);
  const { remaining } = forced ? yield* remove() : first;
  if (remaining.length > 0) {
    throw new DomainError(
      "objects-remain",
      `could not be removed: ${remaining.join(", ")}; send DELETE again`,
      {
        details: { remaining },
      },
    );
  }
  return [...seen.values()];
}
