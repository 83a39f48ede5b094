// kind: lint
// rule: A step is run by yield*
// says: A step that is only called does nothing: write yield* before it.
// right: yield* sleep(ctx, 1_000);

import { sleep, type Context } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context) {
  sleep(ctx, 1_000); // wrong
  return {};
}
