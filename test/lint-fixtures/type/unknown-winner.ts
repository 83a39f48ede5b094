// kind: type
// rule: A race is won by one of its tags
// says: This comparison appears to be unintentional because the types '"told" | "late"' and '"too-late"' have no overlap.
// right: return winner.tag === "late";

import { event, first, timer } from "../../../src/durable/fan.ts";
import type { Context } from "../../../src/durable/steps.ts";
import { pack } from "../things.ts";

export function* flow(ctx: Context) {
  const winner = yield* first(ctx, { told: event("told", pack.input), late: timer(ctx, 1_000) });
  return winner.tag === "too-late"; // wrong
}
