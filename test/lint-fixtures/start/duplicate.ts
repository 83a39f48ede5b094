// kind: run
// rule: A library has each item once
// says: library "shop" has "shop::activity::measure" twice: at … and at …
// right: export const run = () => library("shop", { activities: [measure] });

import { library } from "../../../src/durable/library.ts";
import { measure } from "../things.ts";

export const run = () => library("shop", { activities: [measure, measure] }); // wrong
