import { spawn } from "node:child_process";
import type { ServerUser } from "./server-user.ts";

/** Messages are parsed here and shown to people: so always English, and times in UTC. */
export const SERVER_ENVIRONMENT: NodeJS.ProcessEnv = {
  LC_ALL: "C",
  TZ: "UTC",
  PATH: "/usr/bin:/bin",
};

export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a short program of PostgreSQL to its end, as the server's user, within a time. */
export function run(
  program: string,
  args: readonly string[],
  options: { user: ServerUser; input?: string; timeoutMs: number; onSpawn?: (pid: number) => void },
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      // The working directory of ours may be closed to the server's user.
      cwd: "/",
      env: SERVER_ENVIRONMENT,
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.timeoutMs,
      killSignal: "SIGKILL",
      ...(options.user ?? {}),
    });
    let output = "";
    const gather = (chunk: Buffer): void => {
      output = (output + chunk.toString("utf8")).slice(-20_000);
    };
    child.stdout.on("data", gather);
    child.stderr.on("data", gather);
    // A program that ends early closes its input; its exit code tells the story.
    child.stdin.on("error", () => undefined);
    child.on("error", reject);
    child.on("spawn", () => {
      if (child.pid !== undefined) options.onSpawn?.(child.pid);
    });
    child.on("close", (code) => {
      resolve({ code, output });
    });
    child.stdin.end(options.input ?? "");
  });
}
