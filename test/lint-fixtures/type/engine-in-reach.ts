// kind: type
// rule: An orchestrator has nothing but the steps
// says: Property 'df' does not exist on type 'Context'.
// right: return now(ctx);

import { now, type Context } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context) {
  return ctx.df; // wrong
}
