import { ConfigError, parseConfig } from "../config.ts";
import { checks } from "./checks.ts";
import { AZURE, createDeps, type Places } from "./deps.ts";
import { optionsOf, UsageError, type Environment } from "./options.ts";
import { exitCodeOf, lineOf, summaryOf } from "./report.ts";
import { runChecks } from "./run-checks.ts";

export interface DoctorRun {
  readonly args: readonly string[];
  readonly env: Environment;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  /** Absent: Azure's own. */
  readonly places?: Places;
}

/** Runs all checks and prints what they found. The exit code: 1 when one failed, or nothing could be run. */
export async function doctor({
  args,
  env,
  signal,
  print,
  places = AZURE,
}: DoctorRun): Promise<number> {
  try {
    const options = optionsOf(args, env);
    const deps = createDeps(parseConfig(env), env, options, places);
    const width = Math.max(...checks.map(({ name }) => name.length));
    try {
      const results = await runChecks(checks, deps, {
        signal,
        ...(!options.json && { onResult: (result) => print(lineOf(result, width)) }),
      });
      print(options.json ? JSON.stringify(results, null, 2) : `\n${summaryOf(results)}`);
      return exitCodeOf(results);
    } finally {
      await deps.close();
    }
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof UsageError)) throw error;
    print(error.message);
    return 1;
  }
}
