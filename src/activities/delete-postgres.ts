import { z } from "zod";
import type { Services } from "../domain/services.ts";
import { activity } from "../durable/activity.ts";
import { patient } from "./retries.ts";
import { subject } from "../domain/subject.ts";

const ObjectRef = z.object({ kind: z.string(), name: z.string(), uid: z.string() });

export const deletePostgres = activity({
  name: "toygres::activity::delete-postgres",
  description: "Removes an instance's objects from the cluster, for one slice of at most 20 s",
  idempotent: true,
  input: z.object({ ...subject, sliceSeconds: z.number().min(0).max(20).default(20) }),
  output: z.object({
    /** There was something before the first delete of this slice. */
    deleted: z.boolean(),
    removed: z.array(ObjectRef),
    /** What still exists when the slice is over; empty: nothing is left, by label and by name. */
    remaining: z.array(ObjectRef),
  }),
  retry: patient,

  async run({ sliceSeconds, ...ref }, { cluster }: Pick<Services, "cluster">) {
    const before = await cluster.list(ref);
    if (before.length === 0) return { deleted: false, removed: [], remaining: [] };
    await cluster.remove(ref, sliceSeconds * 1_000);
    const remaining = await cluster.list(ref);
    const left = new Set(remaining.map(({ uid }) => uid));
    return {
      deleted: true,
      removed: before.filter(({ uid }) => !left.has(uid)),
      remaining: [...remaining],
    };
  },
});
