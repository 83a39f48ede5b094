// kind: run
// rule: An override has the contract of what it replaces
// says: "shop::activity::measure" of library "depot" (…) cannot replace the one of library "shop" (…): another output; make it with override(), which keeps the contract
// right: const guess = override(measure, async () => ({ size: 1 }));

import { z } from "zod";
import { activity, override } from "../../../src/durable/activity.ts";
import { library, merge } from "../../../src/durable/library.ts";
import { measure, shop } from "../things.ts";

const output = z.object({ size: z.number(), unit: z.string() });
const guess = activity({ ...measure, output, run: async () => ({ size: 1, unit: "m" }) }); // wrong

export const run = () => merge(shop, library("depot", { overrides: [guess] }));
