import { faultMatrix } from "./matrix/run.ts";

faultMatrix("monitor-late", ["monitor of a create that stands still"]);
