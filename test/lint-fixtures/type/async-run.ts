// kind: type
// rule: An orchestration is a plain generator
// says: Type 'AsyncGenerator<never, { packed: number; }, unknown>' is missing the following properties from type 'Generator<…>'
// right: *run() { return { packed: 1 }; },

import { orchestration } from "../../../src/durable/orchestration.ts";
import { pack } from "../things.ts";

export const flow = orchestration({
  ...pack,
  // prettier-ignore
  async *run() { return { packed: 1 }; }, // wrong
});
