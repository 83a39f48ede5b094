// kind: lint
// rule: An orchestrator makes no promises
// says: A promise goes on outside of the orchestration: use yield* with a step, all() or first().
// right: const sizes = yield* all(ctx, [start(ctx, measure, { name: "box" })]);

import { all, start } from "../../../src/durable/fan.ts";
import { call, type Context } from "../../../src/durable/steps.ts";
import { measure } from "../things.ts";

export function* flow(ctx: Context) {
  const sizes = Promise.all([call(ctx, measure, { name: "box" })]); // wrong
  return { sizes };
}
