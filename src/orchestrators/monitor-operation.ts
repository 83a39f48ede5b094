import { deletePostgres } from "../activities/delete-postgres.ts";
import { getOperationStatus } from "../activities/get-operation-status.ts";
import { stopOperation } from "../activities/stop-operation.ts";
import { updateMetadata } from "../activities/update-metadata.ts";
import { DomainError } from "../domain/errors.ts";
import { hasEnded } from "../domain/operation.ts";
import { orchestration } from "../durable/orchestration.ts";
import { call, now, sleep, type Context, type Durable } from "../durable/steps.ts";
import { MonitorOperation } from "./names.ts";
import { allOf, removeObjects } from "./remove-objects.ts";

/** An orchestration that looks lost is looked at again, in case it was only being started. */
const LOOKS = 3;
const LOOK_AGAIN_MS = 10_000;
/** After its deadline an operation still gets the time that its own clean-up takes. */
const GRACE_MS = 360_000;
const LONGEST_ACTIVITY_MS = 60_000;
const REMOVE_MS = 300_000;
/** What cannot be terminated is closed all the same: its late steps read that it is no longer wanted. */
const STOP_MS = 300_000;

type Cause = "orchestration-lost" | "deadline-passed";

const sentences: Record<Cause, string> = {
  "orchestration-lost":
    "the operation's orchestration ended from outside, without closing the operation",
  "deadline-passed": "the operation did not end by its deadline and was terminated",
};

export const monitorOperation = orchestration({
  ...MonitorOperation,
  uses: [getOperationStatus, stopOperation, deletePostgres, updateMetadata],

  *run(ctx, { operationId }) {
    const cause = yield* diagnose(ctx, operationId);
    if (cause === undefined) return { closed: false };
    if (cause === "deadline-passed") yield* untilStopped(ctx, operationId);
    // Whatever activity was running when the orchestration ended is over by then.
    yield* sleep(ctx, LONGEST_ACTIVITY_MS);

    const { kind, instanceId, instanceName, namespace, instanceState, steps, status } = yield* call(
      ctx,
      getOperationStatus,
      { operationId },
    );
    if (hasEnded(status)) return { closed: false };
    const ending = {
      operationId,
      instanceId,
      steps: steps.map((step) =>
        step.status === "running" ? { ...step, status: "failed" as const } : step,
      ),
    };
    const ref = { instanceId, instanceName, namespace };
    const { remaining } =
      kind === "delete"
        ? { remaining: [allOf(ref)] }
        : instanceState === "creating"
          ? yield* removeObjects(ctx, ref, REMOVE_MS)
          : { remaining: [] };
    const { outcome } = yield* call(ctx, updateMetadata, {
      ...ending,
      to: "failed",
      failure: {
        code: cause,
        message: sentences[cause],
        ...(remaining.length > 0 && { remaining }),
      },
    });
    if (outcome === "overtaken") yield* call(ctx, updateMetadata, { ...ending, to: "overtaken" });
    return { closed: true };
  },
});

function* untilStopped(ctx: Context, operationId: string): Durable<void> {
  const until = now(ctx).getTime() + STOP_MS;
  const reason = sentences["deadline-passed"];
  while (now(ctx).getTime() < until) {
    try {
      if ((yield* call(ctx, stopOperation, { operationId, reason })).stopped) return;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
    yield* sleep(ctx, LOOK_AGAIN_MS);
  }
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
