// kind: lint
// rule: What touches the world is an activity
// says: An orchestrator touches nothing outside: do it in an activity, and call() that.
// right: const answer = yield* call(ctx, measure, { name: "box" });

import { call, type Context } from "../../../src/durable/steps.ts";
import { measure } from "../things.ts";

export function* flow(ctx: Context) {
  const answer = fetch("https://example.com/box"); // wrong
  return { answer, done: yield* call(ctx, measure, { name: "box" }) };
}
