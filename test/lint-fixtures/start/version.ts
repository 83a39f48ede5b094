// kind: run
// rule: A version is MAJOR.MINOR
// says: version "1.1.0" of "shop::orchestration::pack" is not of the form MAJOR.MINOR, such as "1.0" or "2.10"
// right: export const run = () => packOf("1.1");

import { packOf } from "../things.ts";

export const run = () => packOf("1.1.0"); // wrong
