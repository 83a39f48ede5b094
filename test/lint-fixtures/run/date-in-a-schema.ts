// kind: run
// rule: A schema on the wire holds JSON, no dates
// says: input of "shop::activity::note" is invalid: "at": Invalid input: expected date, received string
// right: const input = z.object({ at: z.iso.datetime() });

import { z } from "zod";
import { activity } from "../../../src/durable/activity.ts";
import { activityContext } from "../../support/activity-context.ts";

const input = z.object({ at: z.date() }); // wrong

const note = activity({
  name: "shop::activity::note",
  description: "notes a time",
  idempotent: true,
  input,
  output: z.object({}),
  run: async () => ({}),
});

/** As an activity gets its input: as JSON. */
const onWire: unknown = JSON.parse(JSON.stringify({ at: new Date(0) }));

export const run = () => note.execute(onWire, undefined, activityContext().context);
