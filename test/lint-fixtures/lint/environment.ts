// kind: lint
// rule: What differs between two deployments comes in from outside
// says: The process and its environment may be others at the next replay: take it from the input, or from an activity.
// right: const { region } = input;

import type { Context } from "../../../src/durable/steps.ts";

export function* flow(_ctx: Context, input: { readonly region: string }) {
  const region = process.env["REGION"]; // wrong
  return { region, input };
}
