// kind: lint
// rule: Modules of Node.js are for activities
// says: A module of Node.js reaches outside: do it in an activity, and call() that.
// right: import { measure } from "../things.ts";

import { readFile } from "node:fs/promises"; // wrong

export { measure } from "../things.ts";
