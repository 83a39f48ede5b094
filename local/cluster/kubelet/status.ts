import { z } from "zod";
import { timestamp } from "../controllers/clock.ts";
import { conditionsOf } from "../controllers/objects.ts";
import type { JsonObject, KubernetesObject } from "../store/object.ts";
import type { PodSpec } from "./pod-spec.ts";

const Terminated = z.object({
  exitCode: z.int(),
  reason: z.string(),
  message: z.string().optional(),
  startedAt: z.string(),
  finishedAt: z.string(),
  containerID: z.string().optional(),
});
export type Terminated = z.infer<typeof Terminated>;

export type ContainerState =
  | { readonly waiting: { readonly reason: string; readonly message?: string } }
  | { readonly running: { readonly startedAt: string } }
  | { readonly terminated: Terminated };

/** What the kubelet knows of a pod; its status is made from it. */
export interface PodRecord {
  phase: "Pending" | "Running" | "Succeeded" | "Failed";
  address: string;
  /** Null when it is on the node, else why not. */
  unschedulable: string | null;
  scheduled: boolean;
  startTime: string;
  state: ContainerState;
  last: Terminated | null;
  restarts: number;
  started: boolean;
  ready: boolean;
  containerId: string;
}

const Status = z.object({
  phase: z.enum(["Pending", "Running", "Succeeded", "Failed"]).catch("Pending"),
  podIP: z.string().catch(""),
  startTime: z.string().catch(""),
  containerStatuses: z
    .array(
      z.object({
        restartCount: z.int(),
        containerID: z.string().default(""),
        state: z
          .object({
            running: z.object({ startedAt: z.string() }).optional(),
            terminated: Terminated.optional(),
          })
          .default({}),
        lastState: z.object({ terminated: Terminated.optional() }).default({}),
      }),
    )
    .catch([]),
});

/** Takes up what an earlier kubelet knew. */
export function recordFrom(pod: KubernetesObject): PodRecord {
  const status = Status.parse(pod.status ?? {});
  const container = status.containerStatuses[0];
  const former = {
    last: container?.lastState.terminated ?? null,
    restarts: container?.restartCount ?? 0,
    containerId: container?.containerID ?? "",
  };
  return {
    ...former,
    phase: status.phase,
    address: status.podIP,
    unschedulable: null,
    scheduled: typeof pod.spec?.["nodeName"] === "string",
    startTime: status.startTime,
    state: stateFrom(container?.state ?? {}),
    started: false,
    ready: false,
  };
}

function stateFrom(state: {
  running?: { startedAt: string } | undefined;
  terminated?: Terminated | undefined;
}): ContainerState {
  if (state.terminated !== undefined) return { terminated: state.terminated };
  if (state.running !== undefined) return { running: state.running };
  return { waiting: { reason: "ContainerCreating" } };
}

/** The status as kubectl and clients read it. Times of conditions move only when the condition does. */
export function statusOf(
  pod: KubernetesObject,
  spec: PodSpec,
  record: PodRecord,
  now: Date,
): JsonObject {
  return {
    phase: record.phase,
    conditions: conditions(pod, record, timestamp(now)),
    qosClass: "Burstable",
    ...(record.scheduled ? { hostIP: "127.0.0.1", hostIPs: [{ ip: "127.0.0.1" }] } : {}),
    ...(record.address === "" ? {} : { podIP: record.address, podIPs: [{ ip: record.address }] }),
    ...(record.startTime === "" ? {} : { startTime: record.startTime }),
    ...(record.scheduled ? { containerStatuses: [containerStatus(spec, record)] } : {}),
  };
}

function containerStatus(spec: PodSpec, record: PodRecord): JsonObject {
  const { name, image } = spec.containers[0];
  return {
    name,
    image,
    imageID: record.containerId === "" ? "" : image,
    ...(record.containerId === "" ? {} : { containerID: record.containerId }),
    ready: record.ready,
    started: record.started,
    restartCount: record.restarts,
    state: { ...stateJson(record.state) },
    lastState: record.last === null ? {} : stateJson({ terminated: record.last }),
  };
}

function stateJson(state: ContainerState): JsonObject {
  if ("waiting" in state) return { waiting: { ...state.waiting } };
  if ("running" in state) return { running: { ...state.running } };
  const { message, containerID, ...rest } = state.terminated;
  return {
    terminated: {
      ...rest,
      ...(message === undefined ? {} : { message }),
      ...(containerID === undefined ? {} : { containerID }),
    },
  };
}

function conditions(pod: KubernetesObject, record: PodRecord, now: string): JsonObject[] {
  const former = new Map(conditionsOf(pod).map((it) => [it.type, it]));
  const one = (type: string, holds: boolean, reason = "", message = ""): JsonObject => {
    const status = holds ? "True" : "False";
    const before = former.get(type);
    const since = before?.status === status ? before.lastTransitionTime : undefined;
    return {
      type,
      status,
      lastProbeTime: null,
      lastTransitionTime: since ?? now,
      ...(holds || reason === "" ? {} : { reason, message }),
    };
  };
  const name = ["ContainersNotReady", "containers with unready status"] as const;
  const scheduled = one(
    "PodScheduled",
    record.scheduled,
    "Unschedulable",
    record.unschedulable ?? "",
  );
  if (!record.scheduled) return record.unschedulable === null ? [] : [scheduled];
  return [
    one("PodReadyToStartContainers", record.address !== ""),
    one("Initialized", true),
    one("Ready", record.ready, ...name),
    one("ContainersReady", record.ready, ...name),
    scheduled,
  ];
}

/** When the container that the status speaks of began. */
export function recordedStart(pod: KubernetesObject): Date | null {
  const running = Status.parse(pod.status ?? {}).containerStatuses[0]?.state.running;
  return running === undefined ? null : new Date(running.startedAt);
}
