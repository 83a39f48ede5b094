import type { KubernetesObject } from "../store/object.ts";
import type { PodSpec, Probe } from "./pod-spec.ts";

/** A pod as the runtime is asked to run it. */
export interface PodToRun {
  readonly pod: KubernetesObject;
  readonly spec: PodSpec;
  readonly address: string;
}

export interface Exit {
  readonly exitCode: number;
  /** The last lines of its output. */
  readonly message: string;
}

export interface RunningContainer {
  readonly id: string;
  readonly startedAt: Date;
  readonly exited: Promise<Exit>;
  probe(probe: Probe): Promise<{ ok: boolean; message: string }>;
  /** The image's stop signal, then SIGKILL when the grace has passed. Resolves when it has gone. */
  stop(graceMs: number): Promise<void>;
}

/** A container that has ended before anything could be asked of it. */
export const endedContainer = (id: string, startedAt: Date, exit: Exit): RunningContainer => ({
  id,
  startedAt,
  exited: Promise.resolve(exit),
  probe: async () => ({ ok: false, message: "the container has ended" }),
  stop: async () => undefined,
});

/** The container cannot even be made; `reason` is shown as its waiting reason. */
export class StartRefusal extends Error {
  override readonly name = "StartRefusal";
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What really runs containers: processes, or nothing at all in tests. */
export interface Runtime {
  /** Null when the image is there, else what the registry says. */
  pull(pod: PodToRun): Promise<string | null>;
  /** Null when the volumes are in place, else why they are not. Done again when a Secret or ConfigMap changes. */
  mount(pod: PodToRun): Promise<string | null>;
  /** The container that an earlier kubelet left running, by pid and start time. */
  adopt(pod: PodToRun): Promise<RunningContainer | null>;
  start(pod: PodToRun): Promise<RunningContainer>;
  /** Instead of a start: a container that has ended, its message being its output. `hasData`: of an earlier start. */
  fail(pod: PodToRun, exitOf: (hasData: boolean) => Exit): Promise<RunningContainer>;
  /** Adds lines to the container's output. */
  write(pod: PodToRun, lines: string): Promise<void>;
  /** Takes away all that the pod had but its persistent volumes. */
  remove(pod: KubernetesObject): Promise<void>;
  /** Ends what it does beside the pods. */
  stop(): Promise<void>;
}
