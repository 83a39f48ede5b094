import { stopGroup } from "../processes/group.ts";
import { identify } from "../processes/identity.ts";
import { forgetProcess, recordProcess, recordedProcess } from "../processes/record.ts";
import { Refusal } from "../processes/refusal.ts";
import { stopLeftover } from "../supervisor/service.ts";
import { FUNC_SERVICES, recordOf, SERVICES } from "./folders.ts";

const SUPERVISOR = "supervisor";
const STOP_WITHIN_MS = 15_000;

/** The pid of the environment that runs on this data folder now, if one does. */
export async function runningOn(data: string): Promise<number | undefined> {
  return (await recordedProcess(recordOf(data, SUPERVISOR)))?.pid;
}

/** Takes the data folder for this process; one that died is no hindrance. */
export async function takeFolder(data: string): Promise<void> {
  const pid = await runningOn(data);
  if (pid !== undefined) {
    throw new Refusal(
      `a local environment (pid ${pid}) already runs on "${data}": stop it with Ctrl-C or "kill ${pid}", or give another folder with --data`,
    );
  }
  const self = await identify(process.pid);
  if (!self) throw new Error("this process cannot be identified");
  await recordProcess(recordOf(data, SUPERVISOR), self);
}

export async function releaseFolder(data: string): Promise<void> {
  await forgetProcess(recordOf(data, SUPERVISOR));
}

/** Ends the processes of a run whose supervisor was killed. */
export async function stopLeftovers(data: string): Promise<string[]> {
  const stopped: string[] = [];
  // With what it started: the func that npm installs is a script that starts the real one.
  const func = await recordedProcess(recordOf(data, "func"));
  if (func) await stopGroup(func, STOP_WITHIN_MS);
  if (func) stopped.push("func");
  for (const name of new Set([...SERVICES, ...FUNC_SERVICES])) {
    if (await stopLeftover(recordOf(data, name))) stopped.push(name);
  }
  return stopped;
}
