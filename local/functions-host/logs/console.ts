import { format } from "node:util";
import type { Log, LogLevel } from "./log.ts";

const METHODS = {
  log: "information",
  info: "information",
  debug: "debug",
  trace: "trace",
  warn: "warning",
  error: "error",
} as const satisfies Record<string, LogLevel>;

/** Sends what the app prints through the log, as the real host does; returns what undoes it. */
export function captureConsole(log: Log): () => void {
  const names = Object.keys(METHODS) as (keyof typeof METHODS)[];
  const originals = names.map((name) => [name, console[name]] as const);
  for (const name of names) {
    console[name] = (...args: unknown[]) =>
      log({ level: METHODS[name], category: "Host.Function.Console", text: format(...args) });
  }
  return () => {
    for (const [name, original] of originals) console[name] = original;
  };
}
