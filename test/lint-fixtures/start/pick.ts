// kind: run
// rule: What is picked is there
// says: library "shop" has no "shop::activity::mesure"; it has "shop::activity::measure", "shop::activity::order", "shop::orchestration::pack"
// right: export const run = () => pick(shop, ["shop::activity::measure"]);

import { pick } from "../../../src/durable/library.ts";
import { shop } from "../things.ts";

export const run = () => pick(shop, ["shop::activity::mesure"]); // wrong
