import { type Environment, startEnvironment } from "./environment.ts";
import { refuse } from "./failure.ts";
import { readOptions, type UpOptions } from "./options.ts";

/** Resolves at the first Ctrl-C, SIGTERM or SIGHUP; the stop is under way then, and a second one is ignored. */
export function untilStopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => resolve(undefined));
  }
  return promise;
}

/** Starts the environment, does `whenUp` with it, and keeps it running until a signal or its own failure. */
export async function runCommand(
  whenUp: (environment: Environment, options: UpOptions) => Promise<void>,
): Promise<never> {
  const stopped = untilStopped();
  try {
    const options = readOptions(process.argv.slice(2));
    const environment = await startEnvironment(options, (line) => console.log(line));
    try {
      const done = whenUp(environment, options).then(() => stopped);
      await Promise.race([done, stopped, environment.failed]);
      console.log("stopping");
    } finally {
      await environment.stop();
    }
  } catch (error) {
    refuse(error);
  }
  process.exit();
}
