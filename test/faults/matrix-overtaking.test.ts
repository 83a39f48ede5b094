import { faultMatrix } from "./matrix/run.ts";

faultMatrix("overtaking", ["delete during create", "delete of a create that stands still"]);
