// kind: type
// rule: An output is an object
// says: Type 'ZodBoolean' is not assignable to type 'Schema'…Type 'boolean' is not assignable to type 'WireObject'.
// right: output: z.object({ wrapped: z.boolean() }),

import { z } from "zod";
import { activity } from "../../../src/durable/activity.ts";

export const wrap = activity({
  name: "shop::activity::wrap",
  description: "wraps a thing",
  idempotent: true,
  input: z.object({}),
  output: z.boolean(), // wrong
  run: async () => ({ wrapped: true }),
});
