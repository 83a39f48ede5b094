import { faultMatrix } from "./matrix/run.ts";

faultMatrix("health", ["health check", "monitor of a delete that was terminated"]);
