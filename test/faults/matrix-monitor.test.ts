import { faultMatrix } from "./matrix/run.ts";

faultMatrix("monitor", ["monitor of a create that was terminated"]);
