import type { Notify } from "../supervisor/service.ts";
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

const print: Notify = (line) => console.log(line);

/** Starts the environment, does `whenUp` with it, and keeps it running until a signal or its own failure. */
export async function runCommand(
  whenUp: (environment: Environment, options: UpOptions) => Promise<void>,
): Promise<never> {
  return runUntilStopped(async () => {
    const options = readOptions(process.argv.slice(2));
    const environment = await startEnvironment(options, print);
    return { ...environment, whenUp: () => whenUp(environment, options) };
  });
}

type Running = Pick<Environment, "failed" | "stop"> & { readonly whenUp: () => Promise<void> };

/** The same for whatever `start` starts. */
export async function runUntilStopped(start: (notify: Notify) => Promise<Running>): Promise<never> {
  const stopped = untilStopped();
  try {
    const environment = await start(print);
    try {
      const done = environment.whenUp().then(() => stopped);
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
