// kind: lint
// rule: The clock is not reached by another name either
// says: The machine's clock has gone on at the next replay: use now(ctx).
// right: const today = now(ctx);

import { now, type Context } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context) {
  const { now: today } = Date; // wrong
  return { today };
}
