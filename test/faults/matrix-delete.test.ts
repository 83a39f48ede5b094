import { faultMatrix } from "./matrix/run.ts";

faultMatrix("delete", ["delete"]);
