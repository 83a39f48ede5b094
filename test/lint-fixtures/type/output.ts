// kind: type
// rule: An orchestration returns what its schema says
// says: Type '{ packed: string; }' is not assignable to type '{ packed: number; }'. Types of property 'packed' are incompatible.
// right: *run() { return { packed: 1 }; },

import { orchestration } from "../../../src/durable/orchestration.ts";
import { pack } from "../things.ts";

export const flow = orchestration({
  ...pack,
  // prettier-ignore
  *run() { return { packed: "one" }; }, // wrong
});
