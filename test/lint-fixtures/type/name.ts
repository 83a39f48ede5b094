// kind: type
// rule: A name says its package and its kind
// says: Type '"wrap"' is not assignable to type '`${string}::activity::${string}`'.
// right: name: "shop::activity::wrap",

import { activity } from "../../../src/durable/activity.ts";
import { measure } from "../things.ts";

export const wrap = activity({
  ...measure,
  name: "wrap", // wrong
});
