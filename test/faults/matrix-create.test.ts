import { faultMatrix } from "./matrix/run.ts";

faultMatrix(["create", "create that cannot", "create that is canceled"]);
