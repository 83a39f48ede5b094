// kind: lint
// rule: A time is read in UTC
// says: The machine's time zone may be another one at the next replay: use toISOString(), Date.UTC() or a method with UTC in its name.
// right: return { night: moment.getUTCHours() < 6 };

import { now, type Context } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context) {
  const moment = now(ctx);
  return { night: moment.getHours() < 6 }; // wrong
}
