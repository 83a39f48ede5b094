// kind: lint
// rule: All code is there from the start
// says: An orchestrator loads nothing while it runs: import it at the top of the file.
// right: export { measure } from "../things.ts";

export const things = () => import("../things.ts"); // wrong
