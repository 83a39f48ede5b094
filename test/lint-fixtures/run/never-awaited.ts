// kind: run
// rule: Started work is awaited
// says: started work was never awaited
// right: return { works: yield* all(ctx, works) };

import { all, start } from "../../../src/durable/fan.ts";
import { driven, measure } from "../things.ts";

export const run = () =>
  driven(function* (ctx) {
    const works = [start(ctx, measure, { name: "box" })];
    return { works: works.length }; // wrong
  });
