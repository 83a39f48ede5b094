// kind: run
// rule: A schema on the wire transforms nothing
// says: output of "shop::activity::measure" is invalid: "size": Invalid input: expected string, received number
// right: const output = z.object({ size: z.number() });

import { z } from "zod";
import { activity } from "../../../src/durable/activity.ts";
import { call } from "../../../src/durable/steps.ts";
import { drive } from "../../support/drive.ts";
import { flow, measure } from "../things.ts";

const output = z.object({ size: z.string().transform(Number) }); // wrong
const weigh = activity({ ...measure, output, run: async () => ({ size: "1" as never }) });

export const run = () =>
  drive(
    flow((ctx) => call(ctx, weigh, { name: "box" })),
    {},
    // As the activity gives it back, already transformed.
    { [weigh.name]: () => ({ size: 1 }) },
  );
