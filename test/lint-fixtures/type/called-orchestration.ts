// kind: type
// rule: An orchestration is called by callOrchestration()
// says: Argument of type 'Orchestration<…>' is not assignable to parameter of type 'ActivityContract<…>'.
// right: return yield* callOrchestration(ctx, pack, { turn: 1 });

import { call, callOrchestration, type Context } from "../../../src/durable/steps.ts";
import { pack } from "../things.ts";

export function* flow(ctx: Context) {
  return yield* call(ctx, pack, { turn: 1 }); // wrong
}
