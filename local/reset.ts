import { readdir, rm } from "node:fs/promises";
import { Refusal } from "./processes/refusal.ts";
import { runningOn, stopLeftovers } from "./up/lock.ts";
import { refuse } from "./up/failure.ts";
import { readOptions } from "./up/options.ts";
import { removeRefuges, stopServers } from "./up/servers.ts";

/** Removes the data of the local environment; never while it runs. */
async function reset(data: string): Promise<void> {
  const pid = await runningOn(data);
  if (pid !== undefined) {
    throw new Refusal(
      `the local environment (pid ${pid}) is running: stop it first, with Ctrl-C or "kill ${pid}"`,
    );
  }
  const entries = await readdir(data).catch((): string[] => []);
  if (entries.length > 0 && !entries.includes("run")) {
    throw new Refusal(
      `"${data}" is no data folder of the local environment, so nothing in it was removed: give the folder that it was started with`,
    );
  }
  const stopped = await stopLeftovers(data);
  const servers = await stopServers(data);
  if (servers > 0) stopped.push(`${servers} PostgreSQL ${servers === 1 ? "server" : "servers"}`);
  if (stopped.length > 0) console.log(`stopped what an earlier run left: ${stopped.join(", ")}`);
  // First what is found by the data folder's path, so that a reset that is cut short can be done again.
  const removed = await removeRefuges(data);
  if (entries.length > 0) removed.push(data);
  await rm(data, { recursive: true, force: true, maxRetries: 5 });
  console.log(
    removed.length > 0 ? `removed ${removed.join(", ")}` : `nothing to remove in ${data}`,
  );
}

try {
  await reset(readOptions(process.argv.slice(2)).data);
} catch (error) {
  refuse(error);
}
