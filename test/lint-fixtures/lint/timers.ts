// kind: lint
// rule: Time passes in durable timers
// says: The machine's timers know nothing of a replay: use sleep(ctx, ms), until(ctx, moment) or pause().
// right: yield* sleep(ctx, 1_000);

import { sleep, type Context } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context) {
  setTimeout(() => undefined, 1_000); // wrong
  yield* sleep(ctx, 1);
  return {};
}
