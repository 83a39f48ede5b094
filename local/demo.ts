import { runDemo } from "./demo/run.ts";
import { startEnvironment } from "./up/environment.ts";
import { foldersOf } from "./up/folders.ts";
import { refuse } from "./up/failure.ts";
import { readOptions } from "./up/options.ts";
import { untilStopped } from "./up/signals.ts";

const stopped = untilStopped();
try {
  const options = readOptions(process.argv.slice(2));
  const environment = await startEnvironment(options, (line) => console.log(line));
  try {
    const demo = runDemo(environment.url, foldersOf(options.data).demo).then(() => {
      console.log(
        `ready after ${process.uptime().toFixed(1)} s; runs until Ctrl-C, "npm run reset" removes its data`,
      );
      return stopped;
    });
    await Promise.race([demo, stopped, environment.failed]);
    console.log("stopping");
  } finally {
    await environment.stop();
  }
} catch (error) {
  refuse(error);
}
process.exit();
