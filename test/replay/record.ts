import { keepRecording } from "./keep-recording.ts";
import { orchestrations } from "./libraries.ts";
import { recordingOfStatus } from "./new-recording.ts";
import { readOptions, type RecordOptions } from "./recorder/options.ts";
import { scenarios } from "./recorder/scenarios.ts";
import { playAll } from "./recorder/stage.ts";
import { tenantScenarios } from "./recorder/tenant-scenarios.ts";
import { statusOf } from "./recorder/webhook.ts";

/** Records histories for test/replay/replay.test.ts, and says what could not be recorded. */
async function record(options: RecordOptions): Promise<readonly string[]> {
  const { overwrite } = options;
  if (options.what === "scenarios") {
    return playAll([...scenarios, ...tenantScenarios], { orchestrations, overwrite });
  }
  const { url, key, id, version } = options;
  const recording = recordingOfStatus(await statusOf({ url, key }, id), version, orchestrations);
  const kept = await keepRecording(recording, options.case, { orchestrations, overwrite });
  if (!kept.written) return [`${kept.path} is there already: --overwrite replaces it`];
  console.log(kept.path);
  return [];
}

try {
  const problems = await record(readOptions(process.argv.slice(2), process.env));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
