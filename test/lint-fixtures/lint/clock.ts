// kind: lint
// rule: The time is the orchestration's own
// says: The machine's clock has gone on at the next replay: use now(ctx).
// right: const begunAt = now(ctx);

import { now, type Context } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context) {
  const begunAt = new Date(); // wrong
  return { begunAt };
}
