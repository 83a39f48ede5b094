import { faultMatrix } from "./matrix/run.ts";

faultMatrix("create-in-vain", ["create that cannot"]);
