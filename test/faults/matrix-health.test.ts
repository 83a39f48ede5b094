import { faultMatrix } from "./matrix/run.ts";

faultMatrix("health", ["health check"]);
