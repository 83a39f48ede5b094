// kind: type
// rule: An input is an object
// says: Type 'ZodString' is not assignable to type 'Schema'…Type 'string' is not assignable to type 'WireObject'.
// right: input: z.object({ name: z.string() }),

import { z } from "zod";
import { activity } from "../../../src/durable/activity.ts";

export const wrap = activity({
  name: "shop::activity::wrap",
  description: "wraps a thing",
  idempotent: true,
  input: z.string(), // wrong
  output: z.object({}),
  run: async () => ({}),
});
