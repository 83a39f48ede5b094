import { faultMatrix } from "./matrix/run.ts";

faultMatrix([
  "monitor of a create that was terminated",
  "monitor of a create that stands still",
  "monitor of a delete that was terminated",
]);
