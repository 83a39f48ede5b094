// kind: lint
// rule: An orchestrator is not async
// says: An orchestrator is never async: write function*, and yield* its steps.
// right: function* flow(ctx: Context) {

import { sleep, type Context } from "../../../src/durable/steps.ts";

// prettier-ignore
async function* flow(ctx: Context) { // wrong
  yield* sleep(ctx, 1_000);
}

export { flow };
