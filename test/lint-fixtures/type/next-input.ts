// kind: type
// rule: The next input is of the schema's types
// says: Type '{ readonly turn: "two"; }' is not assignable to type '{ turn: number; }'. Types of property 'turn' are incompatible.
// right: *run(ctx) { return continueAsNew(ctx, { turn: 2 }); },

import { orchestration } from "../../../src/durable/orchestration.ts";
import { continueAsNew } from "../../../src/durable/steps.ts";
import { pack } from "../things.ts";

export const flow = orchestration({
  ...pack,
  // prettier-ignore
  *run(ctx) { return continueAsNew(ctx, { turn: "two" }); }, // wrong
});
