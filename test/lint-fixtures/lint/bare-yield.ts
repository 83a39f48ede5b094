// kind: lint
// rule: A task is not yielded itself
// says: A bare yield has no type and none of our errors: use yield* with a step, such as call() or all().
// right: const [size] = yield* all(ctx, [work]);

import { all, start } from "../../../src/durable/fan.ts";
import type { Context } from "../../../src/durable/steps.ts";
import { measure } from "../things.ts";

export function* flow(ctx: Context) {
  const work = start(ctx, measure, { name: "box" });
  const size = yield work.task; // wrong
  return { size };
}
