// kind: type
// rule: An activity returns what its schema says
// says: Types of property 'size' are incompatible. Type 'string' is not assignable to type 'number'.
// right: run: async () => ({ size: 1 }),

import { activity } from "../../../src/durable/activity.ts";
import { measure } from "../things.ts";

export const guess = activity({
  ...measure,
  name: "shop::activity::guess",
  run: async () => ({ size: "large" }), // wrong
});
