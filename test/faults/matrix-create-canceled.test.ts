import { faultMatrix } from "./matrix/run.ts";

faultMatrix("create-canceled", ["create that is canceled"]);
