// kind: run
// rule: An override keeps the versions of what is in flight
// says: "shop::orchestration::pack" 2.0 of library "depot" (…) cannot replace 1.0 of library "shop" (…): instances that began on 1.0 would find nothing to go on with; list that version beside it
// right: const depot = library("depot", { overrides: [pack, packOf("2.0")] });

import { library, merge } from "../../../src/durable/library.ts";
import { pack, packOf, shop } from "../things.ts";

const depot = library("depot", { overrides: [packOf("2.0")] }); // wrong

export const run = () => merge(shop, depot);
