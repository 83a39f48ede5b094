// kind: lint
// rule: Nothing is reached by a back door
// says: What is reached through globalThis, eval or Function is hidden from these rules: name it, or write it out.
// right: const at = now(ctx);

import { now, type Context } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context) {
  const at = globalThis.performance; // wrong
  return { at };
}
