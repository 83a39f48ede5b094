// kind: run
// rule: Nothing comes after continueAsNew()
// says: a step was called after continueAsNew
// right: return end;

import { continueAsNew, sleep } from "../../../src/durable/steps.ts";
import { driven } from "../things.ts";

export const run = () =>
  driven(function* (ctx) {
    const [end] = [continueAsNew(ctx, {})];
    yield* sleep(ctx, 1_000); // wrong
    return end;
  });
