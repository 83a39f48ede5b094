// kind: lint
// rule: Started work is awaited
// says: Started work that nobody awaits never runs: give it to all() or first().
// right: yield* all(ctx, [start(ctx, measure, { name: "box" })]);

import { all, start } from "../../../src/durable/fan.ts";
import type { Context } from "../../../src/durable/steps.ts";
import { measure } from "../things.ts";

export function* flow(ctx: Context) {
  start(ctx, measure, { name: "box" }); // wrong
  return {};
}
