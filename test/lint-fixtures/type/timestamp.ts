// kind: type
// rule: No key is named Timestamp
// says: Type '{ Timestamp: string; }' is not assignable to type '{ readonly Timestamp?: never; }'.
// right: input: z.object({ at: z.iso.datetime() }),

import { z } from "zod";
import { activity } from "../../../src/durable/activity.ts";

export const wrap = activity({
  name: "shop::activity::wrap",
  description: "wraps a thing",
  idempotent: true,
  input: z.object({ Timestamp: z.iso.datetime() }), // wrong
  output: z.object({}),
  run: async () => ({}),
});
