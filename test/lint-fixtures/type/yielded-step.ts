// kind: type
// rule: A step is run by yield*, not yielded
// says: Type 'Generator<Task, void, unknown>' is missing the following properties from type 'Task': isCompleted, isFaulted
// right: yield* sleep(ctx, 1_000);

import { sleep, type Context, type Durable } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context): Durable<void> {
  yield sleep(ctx, 1_000); // wrong
}
