// kind: lint
// rule: Nothing is random
// says: What is random is another value at the next replay: use newGuid(ctx).
// right: const token = newGuid(ctx);

import { newGuid, type Context } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context) {
  const token = Math.random(); // wrong
  return { token };
}
