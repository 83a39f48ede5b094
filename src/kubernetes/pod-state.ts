import type {
  CoreV1Event,
  V1ContainerStateTerminated,
  V1ContainerStatus,
  V1Pod,
} from "@kubernetes/client-node";
import type { Readiness } from "../domain/cluster.ts";
import { shorten } from "./errors.ts";

/** An event's own words, newest last. */
export interface Warning {
  readonly reason: string;
  readonly message: string;
}

const PULLING = new Set(["ErrImagePull", "ImagePullBackOff"]);

/** What no waiting heals: the kubelet says that the pod's own text is wrong. */
const NEVER_STARTS = new Set([
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
]);

/** The registry, the way to it, or a kubelet that has not heard of a Secret yet: worth another try. */
const PASSING_FAULT =
  /timeout|timed out|connection (refused|reset)|no such host|temporar|too many requests|toomanyrequests|\b(429|50[0-9])\b|unreachable|EOF/i;

const NO_SUCH_IMAGE = /not ?found|manifest unknown|access denied|unauthorized|invalid reference/i;

/** The API server refuses the pod itself; quotas are left out, because they are raised. */
const POD_REFUSED = /violates PodSecurity| is invalid:/;

export function warningsOf(events: readonly CoreV1Event[], uid?: string): readonly Warning[] {
  const time = (event: CoreV1Event): number =>
    new Date(
      event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? 0,
    ).getTime();
  return events
    .filter(({ type }) => type === "Warning")
    .filter(({ involvedObject }) => uid === undefined || involvedObject.uid === uid)
    .toSorted((one, other) => time(one) - time(other))
    .map(({ reason = "", message = "" }) => ({ reason, message }));
}

/** Why a pod is not ready, and whether waiting can help. */
interface Hindrance {
  readonly why: string;
  readonly hopeless?: boolean;
}

/** How a pod is, in the cluster's words. `warnings` are of the pod, or of its StatefulSet while there is no pod. */
export function assess(
  name: string,
  pod: V1Pod | undefined,
  warnings: readonly Warning[],
): Readiness {
  const common = { podPhase: phaseOf(pod), restarts: containerOf(pod)?.restartCount ?? 0 };
  const hindrance = pod === undefined ? missing(warnings) : hindranceOf(pod, warnings);
  if (hindrance === undefined) return { ...common, ready: true, hopeless: false };
  const { why, hopeless = false } = hindrance;
  const subject = why.startsWith("image ") ? "" : `pod ${name}: `;
  return { ...common, ready: false, waitingFor: shorten(`${subject}${why}`), hopeless };
}

const phaseOf = (pod: V1Pod | undefined): string =>
  pod === undefined ? "Missing" : (pod.status?.phase ?? "Unknown");

/** Ours has one. */
const containerOf = (pod: V1Pod | undefined): V1ContainerStatus | undefined =>
  pod?.status?.containerStatuses?.[0];

const conditionOf = (pod: V1Pod, type: string) =>
  pod.status?.conditions?.find((condition) => condition.type === type);

type Look = (pod: V1Pod, warnings: readonly Warning[]) => Hindrance | undefined;

function hindranceOf(pod: V1Pod, warnings: readonly Warning[]): Hindrance | undefined {
  if (pod.metadata?.deletionTimestamp !== undefined) return { why: "is being stopped" };
  if (conditionOf(pod, "Ready")?.status === "True") return undefined;
  for (const look of LOOKS) {
    const seen = look(pod, warnings);
    if (seen !== undefined) return seen;
  }
  return { why: conditionOf(pod, "Ready")?.message ?? "is starting" };
}

const unscheduled: Look = (pod) => {
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.status !== "False") return undefined;
  return { why: scheduled.message ?? scheduled.reason ?? "cannot be scheduled" };
};

const waiting: Look = (pod, warnings) => {
  const container = containerOf(pod);
  const state = container?.state?.waiting;
  if (container === undefined || state === undefined) return undefined;
  const { reason = "waiting", message = "" } = state;
  if (PULLING.has(reason)) return pulling(container.image, reason, message, warnings);
  const words = moreWords(container, reason, message, warnings);
  return {
    why: words === undefined ? reason : `${reason}: ${words}`,
    hopeless: NEVER_STARTS.has(reason) && !PASSING_FAULT.test(message),
  };
};

/** The last crash says more than the back-off; and where the state says nothing, an event may. */
function moreWords(
  { lastState }: V1ContainerStatus,
  reason: string,
  message: string,
  warnings: readonly Warning[],
): string | undefined {
  const crashed = reason === "CrashLoopBackOff" ? crash(lastState?.terminated) : undefined;
  return [crashed, message, warnings.at(-1)?.message].find((it) => it !== undefined && it !== "");
}

const ended: Look = (pod) => {
  const why = crash(containerOf(pod)?.state?.terminated);
  return why === undefined ? undefined : { why };
};

/** Of the pod as a whole, such as an eviction. */
const ownWords: Look = (pod) => {
  const why = pod.status?.message ?? pod.status?.reason ?? "";
  return why === "" ? undefined : { why };
};

const lastWarning: Look = (_pod, warnings) => {
  const last = warnings.at(-1);
  return last && { why: last.message };
};

const LOOKS: readonly Look[] = [unscheduled, waiting, ended, ownWords, lastWarning];

function missing(warnings: readonly Warning[]): Hindrance {
  const last = warnings.at(-1);
  if (last === undefined) return { why: "does not exist yet" };
  return { why: last.message, hopeless: POD_REFUSED.test(last.message) };
}

/**
 * A registry that says so has no such image. Otherwise the first failure may be the registry's own; a back-off
 * that shows no sign of that means that the image cannot be had.
 */
function pulling(
  image: string,
  reason: string,
  message: string,
  warnings: readonly Warning[],
): Hindrance {
  const failed = warnings.findLast((it) => it.reason === "Failed" && it.message.includes("pull"));
  const words = failed?.message ?? message;
  const all = `${message} ${words}`;
  const hopeless =
    NO_SUCH_IMAGE.test(all) || (reason === "ImagePullBackOff" && !PASSING_FAULT.test(all));
  return { why: `image ${image} cannot be pulled: ${words === "" ? reason : words}`, hopeless };
}

function crash(last: V1ContainerStateTerminated | undefined): string | undefined {
  if (last === undefined) return undefined;
  const { message, exitCode, reason = "Error" } = last;
  const lastLine = message?.trim().split("\n").at(-1);
  return `${reason} (exit code ${exitCode})${lastLine === undefined || lastLine === "" ? "" : `: ${lastLine}`}`;
}
