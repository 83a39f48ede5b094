import { z } from "zod";

const ObjectRef = z.object({ kind: z.string(), name: z.string(), uid: z.string() });

/** How many objects of an instance a listing found: by label, and by name where the label was not there. */
export const Looks = z.object({ byLabel: z.int(), byName: z.int() });
export type Looks = z.infer<typeof Looks>;

/** The receipt of a clean-up, in the `result` of its operation: what went, what stayed, and how that is known. */
export const Cleanup = z.object({
  /** Each object that was seen before its deletion was asked for, and that was not there any more afterwards. */
  removed: z.array(ObjectRef),
  /** What the last look found. */
  remaining: z.array(ObjectRef),
  /** When the last look that was answered was taken, and what its two ways of looking found; absent: none was. */
  lookedAt: z.iso.datetime().optional(),
  looks: Looks.optional(),
  /** Why nobody could look again after that; what remains may then be another than `remaining`. */
  problem: z.string().optional(),
});
export type Cleanup = z.infer<typeof Cleanup>;
