import { faultMatrix } from "./matrix/run.ts";

faultMatrix("create", ["create"]);
