// kind: run
// rule: Started work is awaited once
// says: started work or a timer can be awaited only once
// right: return { one, sizes: [one, one] };

import { all, start } from "../../../src/durable/fan.ts";
import { driven, measure } from "../things.ts";

export const run = () =>
  driven(function* (ctx) {
    const work = start(ctx, measure, { name: "box" });
    const [one] = yield* all(ctx, [work]);
    return { one, sizes: yield* all(ctx, [work, work]) }; // wrong
  });
