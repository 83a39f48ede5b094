// kind: lint
// rule: A text does not depend on where it is made
// says: The machine's language, time zone and ICU data may be others at the next replay: use toISOString(), toFixed() or toLowerCase(), and compare with <.
// right: return { at: now(ctx).toISOString() };

import { now, type Context } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context) {
  return { at: now(ctx).toLocaleString() }; // wrong
}
