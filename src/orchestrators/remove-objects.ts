import { deletePostgres } from "../activities/delete-postgres.ts";
import type { Cleanup } from "../domain/cleanup.ts";
import type { ObjectRef } from "../domain/cluster.ts";
import { kubernetesName, type InstanceRef } from "../domain/names.ts";
import {
  call,
  now,
  sleep,
  type CallOptions,
  type Context,
  type Durable,
} from "../durable/steps.ts";
import { asDomainError, type Tracker } from "./tracker.ts";

const SLICE_SECONDS = 20;
const PAUSE_MS = 1_000;
/** After a refusal, which would come again at once, the pauses grow up to this. */
const LONGEST_PAUSE_MS = 20_000;

export interface Removed {
  readonly removed: readonly ObjectRef[];
  /** `Kind name`, of what could not be removed; empty: a second look found nothing. */
  readonly remaining: string[];
  /** For the result of the operation. */
  readonly cleanup: Cleanup;
}

/** Stands for the objects of an instance where nobody has looked which there are. */
export const allOf = (ref: InstanceRef): string => `whatever is named ${kubernetesName(ref)}`;

/** Appended to the reason of a failure, so that its sentence alone says what is left and what to do. */
export function leftBehind(remaining: readonly string[]): string {
  if (remaining.length === 0) return "";
  return `; could not be removed: ${remaining.join(", ")}; send DELETE to try again`;
}

export interface RemoveOptions extends CallOptions {
  readonly onSlice?: (remaining: readonly string[]) => void;
  /** Whose receipt it is for, when that is another orchestration's operation. */
  readonly operationId?: string;
}

/**
 * Removes until a look finds nothing, by label and by name, or `forMs` have passed. What a late step of a create put
 * there after the first look is found by the second. Throws `overtaken` when the instance is in use by now.
 */
export function* removeObjects(
  ctx: Context,
  ref: InstanceRef,
  forMs: number,
  { onSlice = () => undefined, operationId, ...options }: RemoveOptions = {},
): Durable<Removed> {
  const until = now(ctx).getTime() + forMs;
  const input = { ...ref, sliceSeconds: SLICE_SECONDS, ...(operationId && { operationId }) };
  const removed = new Map<string, ObjectRef>();
  let remaining: string[] = [];
  let last: Omit<Cleanup, "removed"> = { remaining: [] };
  const soFar = (): Removed => ({
    removed: [...removed.values()],
    remaining,
    cleanup: { removed: [...removed.values()], ...last },
  });
  for (let failures = 0; ;) {
    let done = false;
    try {
      const slice = yield* call(ctx, deletePostgres, input, options);
      for (const object of slice.removed) removed.set(object.uid, object);
      remaining = slice.remaining.map(({ kind, name }) => `${kind} ${name}`);
      last = { remaining: slice.remaining, lookedAt: now(ctx).toISOString(), looks: slice.looks };
      done = !slice.deleted;
      failures = 0;
    } catch (error) {
      const { code, message } = asDomainError(error);
      if (code === "overtaken") throw error;
      remaining = [`${allOf(ref)} (${message})`];
      last = { ...last, problem: message };
      failures += 1;
    }
    if (done) return soFar();
    onSlice(remaining);
    const left = until - now(ctx).getTime();
    if (left <= 0) return soFar();
    if (remaining.length > 0) yield* sleep(ctx, Math.min(pauseAfter(failures), left));
  }
}

/** A slice that was answered has taken its time already. */
const pauseAfter = (failures: number): number =>
  Math.min(PAUSE_MS * 2 ** Math.max(0, failures - 1), LONGEST_PAUSE_MS);

/** As `removeObjects`, shown as it goes on in a step of that name. */
export function* removeInStep(
  ctx: Context,
  {
    ref,
    tracker,
    name,
  }: { readonly ref: InstanceRef; readonly tracker: Tracker; readonly name: string },
  forMs: number,
  options: Pick<RemoveOptions, "operationId"> = {},
): Durable<Removed> {
  return yield* removeObjects(ctx, ref, forMs, {
    ...options,
    ...tracker.watching(name),
    onSlice: (remaining) =>
      tracker.waiting(
        name,
        remaining.length > 0 ? `still there: ${remaining.join(", ")}` : undefined,
      ),
  });
}

export const CLEAN_UP = "delete-postgres";

/** Of a create that failed: a step of its own, after `beforeMs`, in which what was cut off ends. Undefined: overtaken. */
export function* cleanUpInStep(
  ctx: Context,
  { ref, tracker }: { readonly ref: InstanceRef; readonly tracker: Tracker },
  forMs: number,
  {
    beforeMs = 0,
    ...options
  }: Pick<RemoveOptions, "operationId"> & { readonly beforeMs?: number } = {},
): Durable<Removed | undefined> {
  tracker.append(CLEAN_UP);
  const body = function* () {
    if (beforeMs > 0) {
      tracker.waiting(
        CLEAN_UP,
        "a step that gave no answer may still be at work, and gets time to end",
      );
      yield* sleep(ctx, beforeMs);
    }
    return yield* removeInStep(ctx, { ref, tracker, name: CLEAN_UP }, forMs, options);
  };
  return yield* unlessOvertaken(
    tracker.step(CLEAN_UP, body, ({ remaining }) => remaining.length > 0),
  );
}

/** Undefined when the instance is another's by now, or in use. */
export function* unlessOvertaken<T>(work: Durable<T>): Durable<T | undefined> {
  try {
    return yield* work;
  } catch (error) {
    if (asDomainError(error).code === "overtaken") return undefined;
    throw error;
  }
}
