import type { AddressPlan } from "../controllers/addresses.ts";
import type { Clock } from "../controllers/clock.ts";
import type { NodeFaults } from "../faults/node-faults.ts";
import type { KubernetesObject } from "../store/object.ts";
import type { ObjectStore } from "../store/store.ts";
import type { PodSpec } from "./pod-spec.ts";
import type { PodToRun, Runtime } from "./runtime.ts";
import type { PodRecord } from "./status.ts";

export interface WorkerContext {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly runtime: Runtime;
  readonly addresses: AddressPlan;
  readonly faults: NodeFaults;
  /** First wait after a crash or a failed pull; it doubles up to 30 times itself. */
  readonly backOffMs: number;
}

/** What a pod's container needs of its pod. */
export interface PodHost {
  readonly uid: string;
  readonly context: WorkerContext;
  readonly record: PodRecord;
  readonly spec: PodSpec;
  readonly ending: AbortController;
  readonly pod: KubernetesObject;
  readonly toRun: PodToRun;
  wait(ms: number): Promise<void>;
  waitForChange(ms: number): Promise<void>;
  backOff(failures: number): number;
  publish(): Promise<void>;
  inBackground(work: Promise<void>): void;
  event(type: "Normal" | "Warning", reason: string, message: string): Promise<void>;
  waiting(reason: string, message?: string): Promise<void>;
}
