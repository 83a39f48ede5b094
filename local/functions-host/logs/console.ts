import { format } from "node:util";
import type { Log, LogLevel } from "./log.ts";

const METHODS = [
  ["log", "information"],
  ["info", "information"],
  ["debug", "debug"],
  ["trace", "trace"],
  ["warn", "warning"],
  ["error", "error"],
] as const satisfies readonly (readonly [keyof Console, LogLevel])[];

/** Sends what the app prints through the log, as the real host does. */
export function captureConsole(log: Log): void {
  for (const [name, level] of METHODS) {
    console[name] = (...args: unknown[]) =>
      log({ level, category: "Host.Function.Console", text: format(...args) });
  }
}
