// kind: run
// rule: No key is named Timestamp, however deep
// says: input of "shop::activity::note" has a key "facts.Timestamp", which Durable Functions changes on the way
// right: return yield* call(ctx, note, { facts: { at: "2030-01-01T00:00:00Z" } });

import { z } from "zod";
import { activity } from "../../../src/durable/activity.ts";
import { call } from "../../../src/durable/steps.ts";
import { driven } from "../things.ts";

const note = activity({
  name: "shop::activity::note",
  description: "notes facts",
  idempotent: true,
  input: z.object({ facts: z.record(z.string(), z.string()) }),
  output: z.object({}),
  run: async () => ({}),
});

export const run = () =>
  driven(
    function* (ctx) {
      return yield* call(ctx, note, { facts: { Timestamp: "2030-01-01T00:00:00Z" } }); // wrong
    },
    [note],
  );
