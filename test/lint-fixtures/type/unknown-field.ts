// kind: type
// rule: A result has the schema's fields
// says: Property 'weight' does not exist on type '{ size: number; }'.
// right: const { size } = yield* call(ctx, measure, { name: "box" });

import { call, type Context } from "../../../src/durable/steps.ts";
import { measure } from "../things.ts";

export function* flow(ctx: Context) {
  const { weight } = yield* call(ctx, measure, { name: "box" }); // wrong
}
