// kind: type
// rule: A timer is no work
// says: Property 'settled' is missing in type 'Timer' but required in type 'Started<unknown>'.
// right: yield* sleep(ctx, 1_000);

import { all, timer } from "../../../src/durable/fan.ts";
import { sleep, type Context } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context) {
  yield* all(ctx, [timer(ctx, 1_000)]); // wrong
}
