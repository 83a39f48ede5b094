import { faultMatrix } from "./matrix/run.ts";

faultMatrix([
  "delete",
  "delete during create",
  "delete of a create that stands still",
  "health check",
]);
