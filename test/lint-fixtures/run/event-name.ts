// kind: run
// rule: An event's name is in kebab-case
// says: event name "Approved" is not in kebab-case
// right: return yield* waitForEvent(ctx, "approved", pack.input);

import { waitForEvent } from "../../../src/durable/events.ts";
import { driven, pack } from "../things.ts";

export const run = () =>
  driven(function* (ctx) {
    return yield* waitForEvent(ctx, "Approved", pack.input); // wrong
  });
