import type { Clock } from "../controllers/clock.ts";
import type { NodeFaults } from "../faults/node-faults.ts";
import type { Exit, PodToRun, RunningContainer, Runtime } from "./runtime.ts";

interface World {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly faults: NodeFaults;
}

/** Starts the container as the faults of the moment have it: not at all, or later, or as ever. */
export async function startUnderFaults(world: World, pod: PodToRun): Promise<RunningContainer> {
  const { runtime, faults } = world;
  const { name } = pod.pod.metadata;
  const crash = faults.crash(name);
  if (crash !== null) {
    return runtime.fail(pod, (hasData) => ({
      exitCode: crash.exitCode,
      message: crash.starting(hasData),
    }));
  }
  const delayMs = faults.startDelayMs(name);
  return underFaults(world, pod, await runtime.start(pod), delayMs);
}

/** The same container, ended by a fault that begins while it runs, and answering no probe before the delay is over. */
export function underFaults(
  { runtime, clock, faults }: World,
  pod: PodToRun,
  inner: RunningContainer,
  delayMs = 0,
): RunningContainer {
  let struck: Exit | undefined;
  const strike = (): void => {
    if (struck !== undefined) return;
    const crash = faults.crash(pod.pod.metadata.name);
    if (crash === null) return;
    struck = { exitCode: crash.exitCode, message: crash.running };
    // What is on disk stays as after a crash: nothing is flushed.
    inner.stop(0).catch((error: unknown) => {
      process.stderr.write(`kubelet: ending ${inner.id} failed: ${String(error)}\n`);
    });
  };
  const unwatch = faults.onChange(strike);
  const exited = inner.exited.then(async (exit) => {
    unwatch();
    if (struck === undefined) return exit;
    await runtime.write(pod, struck.message);
    return struck;
  });
  return {
    ...inner,
    exited,
    async probe(probe) {
      if (clock.now().getTime() - inner.startedAt.getTime() >= delayMs) return inner.probe(probe);
      return { ok: false, message: "" };
    },
  };
}
