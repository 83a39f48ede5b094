// kind: run
// rule: A library has each version once
// says: library "shop" has "shop::orchestration::pack" 1.0 twice: at … and at …
// right: export const run = () => library("shop", { orchestrations: [pack, packOf("1.1")] });

import { library } from "../../../src/durable/library.ts";
import { pack, packOf } from "../things.ts";

export const run = () => library("shop", { orchestrations: [pack, packOf("1.0")] }); // wrong
