// kind: lint
// rule: What continueAsNew() gives is returned
// says: Nothing comes after continueAsNew(): write return continueAsNew(ctx, input).
// right: return continueAsNew(ctx, { turn: turn + 1 });

import { continueAsNew, type Context } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context, turn: number) {
  continueAsNew(ctx, { turn: turn + 1 }); // wrong
}
