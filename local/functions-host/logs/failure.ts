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
function isErrorLike(error: unknown): error is { message: string; stack?: string } {
  return (
    typeof error === "object" &&
    error !== null &&
    "message" in error &&
    typeof error.message === "string"
  );
}
