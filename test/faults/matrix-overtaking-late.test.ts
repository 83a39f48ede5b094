import { faultMatrix } from "./matrix/run.ts";

faultMatrix("overtaking-late", ["delete of a create that stands still"]);
