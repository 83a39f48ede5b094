// kind: run
// rule: A library has what carries its name
// says: "shop::activity::measure" (…) does not belong into library "depot": its name begins with another package's; what is to replace that package's belongs into "overrides"
// right: export const run = () => library("shop", { activities: [measure] });

import { library } from "../../../src/durable/library.ts";
import { measure } from "../things.ts";

export const run = () => library("depot", { activities: [measure] }); // wrong
