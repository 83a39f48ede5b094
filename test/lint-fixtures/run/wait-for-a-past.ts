// kind: run
// rule: A wait is a number of milliseconds
// says: cannot wait -… ms
// right: yield* sleep(ctx, 1_000);

import { sleep } from "../../../src/durable/steps.ts";
import { driven } from "../things.ts";

export const run = () =>
  driven(function* (ctx) {
    yield* sleep(ctx, -1_000); // wrong
    return {};
  });
