import { createApp } from "../../../src/app.ts";
import { toygres } from "../../../src/library.ts";
import { evaluate } from "./evaluate.ts";
import type { Template } from "./template.ts";

/**
 * How many processes of the app can run at once on Flex Consumption with the templates' defaults: two groups (HTTP,
 * Durable) of `maximumInstanceCount` on demand, those that are always ready beside them, and one for each timer.
 */
export function processesAtMost(main: Template): number {
  const value = (name: string) => evaluate(main.parameters.get(name)!.default!);
  const ready = value("alwaysReady") as { instanceCount: number }[];
  const always = ready.reduce((sum, { instanceCount }) => sum + instanceCount, 0);
  return 2 * Number(value("maximumInstanceCount")) + always + createApp(toygres).timers.length;
}
