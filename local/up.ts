import { startEnvironment } from "./up/environment.ts";
import { refuse } from "./up/failure.ts";
import { readOptions } from "./up/options.ts";
import { untilStopped } from "./up/signals.ts";

const stopped = untilStopped();
try {
  const options = readOptions(process.argv.slice(2));
  const environment = await startEnvironment(options, (line) => console.log(line));
  console.log(
    `\nToygres serves ${environment.url}; Ctrl-C stops it, "npm run reset" removes its data.`,
  );
  try {
    await Promise.race([stopped, environment.failed]);
    console.log("stopping");
  } finally {
    await environment.stop();
  }
} catch (error) {
  refuse(error);
}
process.exit();
