// kind: lint
// rule: An orchestrator does not await
// says: An orchestrator never awaits: use yield* with a step, such as call() or sleep().
// right: const { size } = yield* call(ctx, measure, { name: "box" });

import { call, type Context } from "../../../src/durable/steps.ts";
import { measure } from "../things.ts";

export function* flow(ctx: Context) {
  const { size } = await call(ctx, measure, { name: "box" }); // wrong
  return { size };
}
