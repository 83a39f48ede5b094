import { runFault } from "./fault/command.ts";
import { refuse } from "./up/failure.ts";

try {
  await runFault(process.argv.slice(2), (line) => console.log(line));
} catch (error) {
  refuse(error);
}
