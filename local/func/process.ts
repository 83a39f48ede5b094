import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { signalGroup } from "../processes/group.ts";
import { identify } from "../processes/identity.ts";
import { forgetProcess, recordProcess } from "../processes/record.ts";
import { Refusal } from "../processes/refusal.ts";
import { HOST } from "../up/backends.ts";

const STOP_WITHIN_MS = 15_000;

export interface FuncSpec {
  readonly func: string;
  /** The folder of the app, which func starts in. */
  readonly app: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** Where its pid and start time stand, for the next start to clean up after us. */
  readonly recordFile: string;
}

export interface RunningFunc {
  /** Rejects when func ends by itself. */
  readonly ended: Promise<never>;
  /** As Ctrl-C would do it; by force when that takes too long. */
  stop(): Promise<void>;
}

/**
 * `func start`, on this terminal. In a group of its own: Ctrl-C reaches only us, who end func before what it works on,
 * and with the group whatever func started (npm's func is a script that starts the real one).
 */
export async function startFunc({
  func,
  app,
  port,
  env,
  recordFile,
}: FuncSpec): Promise<RunningFunc> {
  const child = spawn(func, ["start", "--port", String(port), "--address", HOST], {
    cwd: app,
    env,
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const { pid } = child;
  if (pid === undefined) {
    const [error] = (await once(child, "error")) as [Error];
    throw new Refusal(`"${func}" cannot be started: ${error.message}`);
  }
  const closed = once(child, "close");
  const identity = await identify(pid);
  if (identity !== null) await recordProcess(recordFile, identity);

  let isStopping = false;
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined);
  void closed.then(([code, signal]: unknown[]) => {
    if (isStopping) return;
    const how = typeof signal === "string" ? signal : `exit code ${String(code)}`;
    ended.reject(new Refusal(`func ended (${how}): its last lines above say why`));
  });
  return {
    ended: ended.promise,
    async stop() {
      isStopping = true;
      signalGroup(pid, "SIGINT");
      const isOver = await Promise.race([
        closed.then(() => true),
        sleep(STOP_WITHIN_MS, false, { ref: false }),
      ]);
      // Also when it went by itself: a child that it left behind would keep its port.
      signalGroup(pid, "SIGKILL");
      if (!isOver) await closed;
      await forgetProcess(recordFile);
    },
  };
}
