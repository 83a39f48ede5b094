// kind: type
// rule: An event brings an object
// says: Argument of type 'ZodString' is not assignable to parameter of type 'Schema'…Type 'string' is not assignable to type 'WireObject'.
// right: return yield* waitForEvent(ctx, "told", z.object({ text: z.string() }));

import { z } from "zod";
import { waitForEvent } from "../../../src/durable/events.ts";
import type { Context } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context) {
  return yield* waitForEvent(ctx, "told", z.string()); // wrong
}
