// kind: run
// rule: What continueAsNew() gives is returned
// says: continueAsNew was called and its value not returned
// right: return continueAsNew(ctx, {});

import { continueAsNew } from "../../../src/durable/steps.ts";
import { driven } from "../things.ts";

export const run = () =>
  driven(function* (ctx) {
    const end = () => continueAsNew(ctx, {});
    return end().input; // wrong
  });
