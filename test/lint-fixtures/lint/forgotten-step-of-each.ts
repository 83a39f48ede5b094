// kind: lint
// rule: A step in a callback is not run either
// says: A step that is only called does nothing: write yield* before it.
// right: for (const name of names) yield* call(ctx, measure, { name });

import { call, type Context } from "../../../src/durable/steps.ts";
import { measure } from "../things.ts";

export function* flow(ctx: Context, names: readonly string[]) {
  names.forEach((name) => call(ctx, measure, { name })); // wrong
  return {};
}
