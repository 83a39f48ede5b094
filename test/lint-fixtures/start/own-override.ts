// kind: run
// rule: What is one's own is not overridden
// says: "shop::activity::measure" (…) is library "shop"'s own: it overrides nothing
// right: export const run = () => library("shop", { activities: [measure] });

import { library } from "../../../src/durable/library.ts";
import { measure } from "../things.ts";

export const run = () => library("shop", { overrides: [measure] }); // wrong
