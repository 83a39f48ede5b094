import { faultMatrix } from "./matrix/run.ts";

faultMatrix("overtaking", ["delete during create"]);
