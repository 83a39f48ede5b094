// kind: type
// rule: An input is complete
// says: Property 'name' is missing in type '{}' but required in type '{ name: string; }'.
// right: return yield* call(ctx, measure, { name: "box" });

import { call, type Context } from "../../../src/durable/steps.ts";
import { measure } from "../things.ts";

export function* flow(ctx: Context) {
  return yield* call(ctx, measure, {}); // wrong
}
