import { masked } from "./masked.ts";
import type { LogEntry } from "./log.ts";

/** What the log says of a function that threw, in the manner of the real host. */
export function failureEntry(functionName: string, error: unknown): LogEntry {
  return {
    level: "error",
    category: `Function.${functionName}`,
    functionName,
    text: `Executed 'Functions.${functionName}' (Failed): ${masked(messageOf(error))}\n${stackOf(error)}`,
  };
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return isErrorLike(error) ? error.message : String(error);
}

/** The frames alone, without the message. */
export function stackOf(error: unknown): string {
  if (!isErrorLike(error)) return "";
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return frames.join("\n");
}

/** An Error, of this realm or another. */
export function isErrorLike(error: unknown): error is { message: string; stack?: string } {
  return (
    typeof error === "object" &&
    error !== null &&
    "message" in error &&
    typeof error.message === "string"
  );
}
