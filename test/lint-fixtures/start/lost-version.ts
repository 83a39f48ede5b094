// kind: run
// rule: An override keeps the versions of what is in flight
// says: "shop::orchestration::pack" of library "depot" (…) cannot replace the one of library "shop" (…) without a version 1.0: instances that began on it would find nothing to go on with; list that version, too
// right: const depot = library("depot", { overrides: [pack, packOf("2.0")] });

import { library, merge } from "../../../src/durable/library.ts";
import { pack, packOf, shop } from "../things.ts";

const depot = library("depot", { overrides: [packOf("2.0")] }); // wrong

export const run = () => merge(shop, depot);
