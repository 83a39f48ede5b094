import { deletePostgres } from "../activities/delete-postgres.ts";
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
}

/** Stands for the objects of an instance where nobody has looked which there are. */
export const allOf = (ref: InstanceRef): string => `whatever is named ${kubernetesName(ref)}`;

/**
 * Removes until a look finds nothing, by label and by name, or `forMs` have passed. What a late step of a create put
 * there after the first look is found by the second.
 */
export function* removeObjects(
  ctx: Context,
  ref: InstanceRef,
  forMs: number,
  {
    onSlice = () => undefined,
    ...options
  }: CallOptions & { readonly onSlice?: (remaining: readonly string[]) => void } = {},
): Durable<Removed> {
  const until = now(ctx).getTime() + forMs;
  const removed = new Map<string, ObjectRef>();
  let remaining: string[] = [];
  for (;;) {
    try {
      const slice = yield* call(
        ctx,
        deletePostgres,
        { ...ref, sliceSeconds: SLICE_SECONDS },
        options,
      );
      for (const object of slice.removed) removed.set(object.uid, object);
      if (!slice.deleted) return { removed: [...removed.values()], remaining: [] };
      remaining = slice.remaining.map(({ kind, name }) => `${kind} ${name}`);
    } catch (error) {
      const { message } = asDomainError(error);
      remaining = [`${allOf(ref)} (${message})`];
    }
    onSlice(remaining);
    if (now(ctx).getTime() >= until) return { removed: [...removed.values()], remaining };
    if (remaining.length > 0) yield* sleep(ctx, PAUSE_MS);
  }
}
