import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";

/** Which process is meant: pids are reused, a pid together with its start time is not. */
export const ProcessIdentity = z.object({ pid: z.int().positive(), startedAt: z.string() });
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

const CLOCK_TICKS_PER_SECOND = 100;
const POLL_MS = 10;

interface ProcStat {
  readonly state: string;
  readonly startTicks: number;
}

async function procStat(pid: number): Promise<ProcStat | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in parentheses and may hold spaces, so count from behind it.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", startTicks: Number(fields[19]) };
  } catch {
    return null;
  }
}

async function psStart(pid: number): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      env: { LC_ALL: "C", PATH: "/bin:/usr/bin" },
    });
    const line = stdout.trim().replace(/\s+/g, " ");
    return line === "" || line.startsWith("Z") ? null : line.slice(line.indexOf(" ") + 1);
  } catch {
    return null;
  }
}

async function bootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).slice(0, 8);
}

/** The identity of the process that has this pid now; null when there is none (a zombie counts as none). */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  if (process.platform !== "linux") {
    const startedAt = await psStart(pid);
    return startedAt === null ? null : { pid, startedAt };
  }
  const stat = await procStat(pid);
  if (stat === null || stat.state === "Z" || stat.state === "X") return null;
  return { pid, startedAt: `${await bootId()}:${stat.startTicks}` };
}

export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.startedAt === identity.startedAt;
}

/** When the process with this pid began, in seconds since 1970, to about a second. */
export async function startEpochSeconds(pid: number): Promise<number | null> {
  if (process.platform !== "linux") {
    const text = await psStart(pid);
    return text === null ? null : Date.parse(text) / 1000;
  }
  const stat = await procStat(pid);
  if (stat === null || stat.state === "Z") return null;
  const boot = /^btime (\d+)$/m.exec(await readFile("/proc/stat", "utf8"))?.[1];
  return Number(boot) + stat.startTicks / CLOCK_TICKS_PER_SECOND;
}

/** Signals exactly this process; false when it has gone or its pid is another's now. */
export async function signal(identity: ProcessIdentity, name: NodeJS.Signals): Promise<boolean> {
  if (!(await isRunning(identity))) return false;
  try {
    process.kill(identity.pid, name);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the process has gone; false when the time passes first. */
export async function waitForExit(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (await isRunning(identity)) {
    if (performance.now() >= deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** Sends each signal in turn, waiting its time for the process to go; SIGKILL at the very end. */
export async function stopProcess(
  identity: ProcessIdentity,
  steps: readonly { readonly signal: NodeJS.Signals; readonly waitMs: number }[],
): Promise<void> {
  for (const step of [...steps, { signal: "SIGKILL", waitMs: 5_000 } as const]) {
    await signal(identity, step.signal);
    if (await waitForExit(identity, step.waitMs)) return;
  }
  throw new Error(`process ${identity.pid} is still there 5 s after SIGKILL`);
}
