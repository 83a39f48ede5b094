// kind: run
// rule: An override comes after what it replaces
// says: "shop::activity::measure" of library "depot" (…) overrides nothing: merge its library after the one that has this name
// right: const workflows = merge(shop, depot);

import { override } from "../../../src/durable/activity.ts";
import { library, merge } from "../../../src/durable/library.ts";
import { register } from "../../../src/durable/register.ts";
import { measure, nowhere, ruler, shop } from "../things.ts";

const depot = library("depot", { overrides: [override(measure, async () => ({ size: 1 }))] });
const workflows = depot; // wrong

export const run = () => register(workflows, { ruler }, { defaultVersion: "1.0", app: nowhere });
