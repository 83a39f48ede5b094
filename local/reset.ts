import { readdir, rm } from "node:fs/promises";
import { Refusal } from "./processes/refusal.ts";
import { runningOn, stopLeftovers } from "./up/lock.ts";
import { refuse } from "./up/failure.ts";
import { readOptions } from "./up/options.ts";

/** Removes the data of the local environment; never while it runs. */
async function reset(data: string): Promise<void> {
  const pid = await runningOn(data);
  if (pid !== undefined) {
    throw new Refusal(
      `the local environment (pid ${pid}) is running: stop it first, with Ctrl-C or "kill ${pid}"`,
    );
  }
  const stopped = await stopLeftovers(data);
  if (stopped.length > 0) console.log(`stopped what an earlier run left: ${stopped.join(", ")}`);
  const entries = await readdir(data).catch(() => []);
  await rm(data, { recursive: true, force: true });
  console.log(entries.length > 0 ? `removed ${data}` : `nothing to remove in ${data}`);
}

try {
  await reset(readOptions(process.argv.slice(2)).data);
} catch (error) {
  refuse(error);
}
