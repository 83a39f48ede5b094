import type { JsonObject, JsonValue } from "../domain/json.ts";

/** Half of what the service takes: beyond its limit it fails the instance, and nothing can catch that. */
export const MAX_PROGRESS_CHARACTERS = 8 * 1024;

/** What an orchestration shows of itself. Of `details` the oldest go first when there is too much. */
export interface Progress extends JsonObject {
  readonly details?: readonly JsonValue[];
}

export function capped(progress: Progress): Progress {
  const { details = [], ...rest } = progress;
  const room = MAX_PROGRESS_CHARACTERS - JSON.stringify({ ...rest, details: [] }).length;
  if (room < 0) return { truncated: true };
  if (progress.details === undefined) return progress;
  let left = room + 1;
  let kept = details.length;
  while (kept > 0) {
    left -= JSON.stringify(details[kept - 1]).length + 1;
    if (left < 0) break;
    kept -= 1;
  }
  return { ...rest, details: details.slice(kept) };
}
