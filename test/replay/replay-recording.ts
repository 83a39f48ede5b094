import { differenceFrom } from "./difference.ts";
import type { Implementation } from "./libraries.ts";
import { implementationOf, pastOf, type Recording } from "./recording.ts";

const GUIDE = "docs/writing-workflows.md";

/**
 * Replays a recorded history against the code that would run it today. Undefined when the code does what it did; else
 * one sentence that says which recording, what differs and what to do.
 */
export async function replayRecording(
  recording: Recording,
  name: string,
  orchestrations: readonly Implementation[],
): Promise<string | undefined> {
  const { orchestration, begunOn, implementation } = recording;
  const subject = `${orchestration} ${implementation}, "${name}"`;
  const versions = orchestrations.filter((one) => one.name === orchestration);
  if (!versions.some(({ version }) => version === implementation)) {
    return `${subject}: the version was removed while its histories are kept: put it back, or delete them when no instance that it runs can be under way any more (${GUIDE})`;
  }
  const today = implementationOf(orchestrations, orchestration, begunOn);
  if (today?.version !== implementation) {
    return `${subject}: a new version slipped below one that instances have begun on (begun on ${begunOn ?? "no version"}, it was run by ${implementation} and would now be run by ${today?.version ?? "none"}): give it a version above every defaultVersion ever deployed (${GUIDE})`;
  }
  const difference = await differenceFrom(pastOf(recording), today.handler);
  if (difference === undefined) return undefined;
  return `${subject}: ${difference.text}: a change of ${difference.change} needs a new version (${GUIDE})`;
}
