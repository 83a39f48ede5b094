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
import { asDomainError } from "./tracker.ts";

const SLICE_SECONDS = 20;
const PAUSE_MS = 1_000;

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
  for (;;) {
    let done = false;
    try {
      const slice = yield* call(ctx, deletePostgres, input, options);
      for (const object of slice.removed) removed.set(object.uid, object);
      remaining = slice.remaining.map(({ kind, name }) => `${kind} ${name}`);
      last = { remaining: slice.remaining, lookedAt: now(ctx).toISOString(), looks: slice.looks };
      done = !slice.deleted;
    } catch (error) {
      const { code, message } = asDomainError(error);
      if (code === "overtaken") throw error;
      remaining = [`${allOf(ref)} (${message})`];
      last = { ...last, problem: message };
    }
    if (done) return soFar();
    onSlice(remaining);
    if (now(ctx).getTime() >= until) return soFar();
    if (remaining.length > 0) yield* sleep(ctx, PAUSE_MS);
  }
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
