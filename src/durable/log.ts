import { DomainError } from "../domain/errors.ts";
import type { Facts, Log } from "../domain/trace.ts";

export type { Facts, Log } from "../domain/trace.ts";

type Level = keyof Log;

/** The three methods of an invocation's context that we write to: the host flattens objects, so lines of text. */
export type LogSink = Readonly<Record<Level, (line: string) => void>>;

export const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Writes JSON lines to an invocation's own log, each with the facts in `always`. */
export function jsonLog(sink: LogSink, always: Facts = {}): Log {
  const write =
    (level: Level) =>
    (event: string, facts: Facts = {}) =>
      sink[level](JSON.stringify({ level, event, ...always, ...facts }));
  return { info: write("info"), warn: write("warn"), error: write("error") };
}

/** What may be said of an error: a message that is not ours can carry a secret, so only its kind and frames are kept. */
export function errorFacts(error: unknown): Facts {
  if (error instanceof DomainError) return { code: error.code, message: error.message };
  if (!(error instanceof Error)) return { error: typeof error };
  const frames = String(error.stack)
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  return {
    error: error.name,
    stack: frames
      .slice(0, 10)
      .map((line) => line.trim())
      .join(" < "),
  };
}
