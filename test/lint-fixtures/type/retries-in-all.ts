// kind: type
// rule: What retries runs alone
// says: Types of property 'retry' are incompatible. Type '…' is not assignable to type 'undefined'.
// right: const { number } = yield* call(ctx, order, { name: "box" });

import { all, start } from "../../../src/durable/fan.ts";
import { call, type Context } from "../../../src/durable/steps.ts";
import { order } from "../things.ts";

export function* flow(ctx: Context) {
  const [{ number }] = yield* all(ctx, [start(ctx, order, { name: "box" })]); // wrong
  return { number };
}
