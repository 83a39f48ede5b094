import { pause, type Clock } from "../controllers/clock.ts";
import { pullFailure } from "../images/catalog.ts";
import {
  endedContainer,
  type Exit,
  type PodToRun,
  type RunningContainer,
  type Runtime,
} from "./runtime.ts";

/** How a simulated pod behaves. */
export interface Behaviour {
  /** From the start of the container until its probes succeed. */
  readonly startMs?: number;
  readonly neverReady?: boolean;
  /** The container ends with exit code 1 this long after each start. */
  readonly crashAfterMs?: number;
  readonly pullFails?: boolean;
  readonly mountFails?: string;
}

/** The same pods without any process, on any clock. */
export function simulatedRuntime(
  clock: Clock,
  behaviourOf: (podName: string) => Behaviour = () => ({}),
): Runtime {
  const behaviour = ({ pod }: PodToRun): Behaviour => behaviourOf(pod.metadata.name);
  const running = new Map<string, RunningContainer>();
  let count = 0;
  return {
    pull: async (pod) =>
      behaviour(pod).pullFails === true ? pullFailure(pod.spec.containers[0].image) : null,
    mount: async (pod) => behaviour(pod).mountFails ?? null,
    adopt: async ({ pod }) => running.get(pod.metadata.uid) ?? null,
    async start(pod) {
      count += 1;
      const { uid } = pod.pod.metadata;
      const container = simulatedContainer(
        clock,
        `simulated://${count}`,
        () => behaviour(pod),
        () => running.delete(uid),
      );
      running.set(uid, container);
      return container;
    },
    async fail(_pod, exitOf) {
      count += 1;
      return endedContainer(`simulated://${count}`, clock.now(), exitOf(false));
    },
    write: async () => undefined,
    remove: async ({ metadata }) => void running.delete(metadata.uid),
    stop: async () => undefined,
  };
}

function simulatedContainer(
  clock: Clock,
  id: string,
  behaviour: () => Behaviour,
  onExit: () => void,
): RunningContainer {
  const startedAt = clock.now();
  const stopped = new AbortController();
  const { crashAfterMs } = behaviour();
  const exited = (async (): Promise<Exit> => {
    if (crashAfterMs === undefined)
      await new Promise((resolve) => stopped.signal.addEventListener("abort", resolve));
    else await pause(clock, crashAfterMs, stopped.signal);
    onExit();
    return stopped.signal.aborted
      ? { exitCode: 0, message: "" }
      : { exitCode: 1, message: "simulated crash" };
  })();
  return {
    id,
    startedAt,
    exited,
    async probe() {
      const { startMs = 0, neverReady = false } = behaviour();
      const ok = !neverReady && clock.now().getTime() - startedAt.getTime() >= startMs;
      return { ok, message: ok ? "" : "no response" };
    },
    async stop() {
      stopped.abort();
      await exited;
    },
  };
}
