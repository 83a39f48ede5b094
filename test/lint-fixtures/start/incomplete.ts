// kind: run
// rule: What is used is registered
// says: library "shop" is not complete, it lacks "shop::activity::measure" (…), used by "shop::orchestration::flow" 1.0 of library "shop" (…)
// right: const picked = pick(whole, ["shop::orchestration::flow", "shop::activity::measure"]);

import { library, pick } from "../../../src/durable/library.ts";
import { orchestration } from "../../../src/durable/orchestration.ts";
import { register } from "../../../src/durable/register.ts";
import { measure, nowhere, pack, ruler } from "../things.ts";

const flow = orchestration({
  ...pack,
  name: "shop::orchestration::flow",
  uses: [measure],
  *run() {
    return { packed: 1 };
  },
});
const whole = library("shop", { orchestrations: [flow], activities: [measure] });
const picked = pick(whole, ["shop::orchestration::flow"]); // wrong

export const run = () => register(picked, { ruler }, { defaultVersion: "1.0", app: nowhere });
