// kind: lint
// rule: Logs are written once
// says: The console is written to again at each replay: use log(ctx).
// right: log(ctx).info("box.packed");

import { log, type Context } from "../../../src/durable/steps.ts";

export function* flow(ctx: Context) {
  console.log("box packed"); // wrong
  return {};
}
