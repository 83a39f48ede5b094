// kind: type
// rule: Progress is JSON
// says: Type 'Date' is not assignable to type 'JsonValue | undefined'.
// right: setProgress(ctx, { at: now(ctx).toISOString() });

import { now, setProgress, type Context } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context) {
  setProgress(ctx, { at: now(ctx) }); // wrong
}
