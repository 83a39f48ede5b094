import { faultMatrix } from "./matrix/run.ts";

faultMatrix("monitor-delete", ["monitor of a delete that was terminated"]);
