// kind: run
// rule: An id needs no encoding
// says: an orchestration's id has 1 to 100 characters out of A-Z, a-z, 0-9, and _ : . -
// right: return yield* callOrchestration(ctx, pack, { turn: 1 }, { instanceId: "pack-1" });

import { callOrchestration } from "../../../src/durable/steps.ts";
import { driven, pack } from "../things.ts";

export const run = () =>
  driven(function* (ctx) {
    return yield* callOrchestration(ctx, pack, { turn: 1 }, { instanceId: "pack/1" }); // wrong
  });
