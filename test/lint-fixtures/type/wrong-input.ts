// kind: type
// rule: An input is of the schema's types
// says: Type 'number' is not assignable to type 'string'.
// right: return yield* call(ctx, measure, { name: "box" });

import { call, type Context } from "../../../src/durable/steps.ts";
import { measure } from "../things.ts";

export function* flow(ctx: Context) {
  return yield* call(ctx, measure, { name: 1 }); // wrong
}
