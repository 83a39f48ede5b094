import { type ProcessIdentity, isRunning, waitForExit } from "./identity.ts";

/** Signals a process that leads a group of its own and all that it started in it; nothing, when they have gone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // macOS says EPERM of a group whose last process is dying.
    if (!/ESRCH|EPERM/.test(String(error))) throw error;
  }
}

/** Ends a group as Ctrl-C would, and by force what is left of it when its leader has gone or the time is over. */
export async function stopGroup(leader: ProcessIdentity, waitMs: number): Promise<void> {
  if (!(await isRunning(leader))) return;
  signalGroup(leader.pid, "SIGINT");
  await waitForExit(leader, waitMs);
  signalGroup(leader.pid, "SIGKILL");
  if (await waitForExit(leader, waitMs)) return;
  throw new Error(`process ${leader.pid} is still there ${waitMs / 1_000} s after SIGKILL`);
}
