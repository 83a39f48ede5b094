// kind: lint
// rule: Nothing depends on when memory is collected
// says: A replay does not repeat when memory is collected, or changed by others: keep the value in a variable of the generator.
// right: const kept = box;

import type { Context } from "../../../src/durable/steps.ts";

export function* flow(_ctx: Context, box: { readonly size: number }) {
  const kept = new WeakRef(box); // wrong
  return { kept };
}
