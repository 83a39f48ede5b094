import type {
  CoreV1Event,
  V1ContainerStateTerminated,
  V1ContainerStatus,
  V1Pod,
} from "@kubernetes/client-node";
import type { Readiness } from "../domain/cluster.ts";
import {
  crashAction,
  imageAction,
  otherAction,
  refusedAction,
  schedulingAction,
  slowAction,
  volumeAction,
  type Place,
} from "./actions.ts";
import { shorten } from "./errors.ts";
import { endReason } from "./termination-message.ts";
import { inBrief, withoutPreemption, withoutWrappers } from "./words.ts";

/** An event's own words, newest last. */
export interface Warning {
  readonly reason: string;
  readonly message: string;
  /** How often it was said; once unless told. */
  readonly count?: number;
}

const PULLING = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "RegistryUnavailable",
  "SignatureValidationFailed",
]);

/** What no waiting heals: the kubelet says that the pod's own text is wrong. */
const NEVER_STARTS = new Set([
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
]);

/** The registry, the way to it, or a kubelet that has not heard of a Secret yet: worth another try. */
const PASSING_FAULT =
  /timeout|timed out|connection (refused|reset)|no such host|temporar|too many requests|toomanyrequests|\b(429|50[0-9])\b|unreachable|EOF/i;

const NO_SUCH_IMAGE = /not ?found|manifest unknown|access denied|invalid reference/i;

/** By SIGKILL, of which a server knows nothing: what it said before is not why it ended. */
const KILLED = 137;

/** On Azure a node's identity may need a minute or two until its registry knows it (kubernetes/kubernetes#92326). */
const NO_RIGHT = /\b40[13]\b|unauthorized|failed to authorize/i;
/** The fourth pull comes after 70 s. */
const REFUSED_FOR_GOOD = 4;

/** The API server refuses the pod itself; quotas are left out, because they are raised. */
const POD_REFUSED = /violates PodSecurity| is invalid:/;

/** What was in the way of an earlier stage says nothing of this one; events stay for an hour. */
const BEFORE_CREATING = new Set(["FailedScheduling"]);
const BEFORE_RUNNING = new Set([
  ...BEFORE_CREATING,
  "FailedAttachVolume",
  "FailedMount",
  "FailedCreatePodSandBox",
  "Failed",
  "BackOff",
]);

export function warningsOf(events: readonly CoreV1Event[], uid?: string): readonly Warning[] {
  const time = (event: CoreV1Event): number =>
    new Date(
      event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? 0,
    ).getTime();
  return events
    .filter(({ type }) => type === "Warning")
    .filter(({ involvedObject }) => uid === undefined || involvedObject.uid === uid)
    .toSorted((one, other) => time(one) - time(other))
    .map(({ reason = "", message = "", count, series }) => {
      const times = series?.count ?? count;
      return { reason, message, ...(times !== undefined && { count: times }) };
    });
}

/** Why a pod is not ready, what to do about it, and whether waiting can help. */
interface Hindrance {
  readonly why: string;
  readonly action?: string | undefined;
  readonly hopeless?: boolean;
}

/** What the cluster said: of the pod, or of its StatefulSet while there is no pod; and of its claim. */
interface News {
  readonly at: Place;
  readonly warnings: readonly Warning[];
  readonly ofClaim: readonly Warning[];
}

/** How a pod is, in the cluster's words, and what to do about it. */
export function assess(
  at: Place,
  pod: V1Pod | undefined,
  warnings: readonly Warning[],
  ofClaim: readonly Warning[] = [],
): Readiness {
  const common = { podPhase: phaseOf(pod), restarts: containerOf(pod)?.restartCount ?? 0 };
  const news = { at, warnings, ofClaim };
  const hindrance = pod === undefined ? missing(news) : hindranceOf(pod, news);
  if (hindrance === undefined) return { ...common, ready: true, hopeless: false };
  const { why, action, hopeless = false } = hindrance;
  const subject = why.startsWith("image ") ? "" : `pod ${at.pod}: `;
  const waitingFor = shorten(`${subject}${why}`);
  return {
    ...common,
    ready: false,
    waitingFor,
    ...(action !== undefined && { action: shorten(action) }),
    hopeless,
  };
}

const phaseOf = (pod: V1Pod | undefined): string =>
  pod === undefined ? "Missing" : (pod.status?.phase ?? "Unknown");

/** Ours has one. */
const containerOf = (pod: V1Pod | undefined): V1ContainerStatus | undefined =>
  pod?.status?.containerStatuses?.[0];

const conditionOf = (pod: V1Pod, type: string) =>
  pod.status?.conditions?.find((condition) => condition.type === type);

type Look = (pod: V1Pod, news: News) => Hindrance | undefined;

function hindranceOf(pod: V1Pod, news: News): Hindrance | undefined {
  if (pod.metadata?.deletionTimestamp !== undefined) return { why: "is being stopped" };
  if (conditionOf(pod, "Ready")?.status === "True") return undefined;
  for (const look of LOOKS) {
    const seen = look(pod, news);
    if (seen !== undefined) return seen;
  }
  return { why: conditionOf(pod, "Ready")?.message ?? "is starting" };
}

/** A claim without a volume keeps a pod from its node, and its own events say why there is none. */
const withoutVolume: Look = (pod, { at, ofClaim }) => {
  const last = ofClaim.at(-1);
  const scheduled = conditionOf(pod, "PodScheduled");
  const isOther = scheduled?.status === "False" && !/volume/i.test(scheduled.message ?? "");
  if (last === undefined || isOther || (pod.spec?.nodeName ?? "") !== "") return undefined;
  const why = `its volume cannot be made: ${inBrief(last.message)}`;
  return { why, action: volumeAction(last.message, at) };
};

const unscheduled: Look = (pod, { at }) => {
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.status !== "False") return undefined;
  const words = scheduled.message ?? scheduled.reason ?? "cannot be scheduled";
  return { why: withoutPreemption(words), action: schedulingAction(words, at) };
};

const waiting: Look = (pod, news) => {
  const container = containerOf(pod);
  const state = container?.state?.waiting;
  if (container === undefined || state === undefined) return undefined;
  const { reason = "waiting", message = "" } = state;
  if (PULLING.has(reason)) return pulling(container.image, { reason, message }, news);
  if (reason === "CrashLoopBackOff") return crashLoop(container, message, news);
  return message === "" ? creating(reason, news) : notCreated({ reason, message }, news);
};

/** The state gives a reason and says no more; an event may. */
function creating(reason: string, news: News): Hindrance {
  const { at } = news;
  const warning = lastOf(news, BEFORE_CREATING);
  if (warning === undefined) return { why: reason, hopeless: NEVER_STARTS.has(reason) };
  const { message } = warning;
  const isVolume = /Volume|Mount/.test(warning.reason) && !/secret|configmap/.test(message);
  return {
    why: `${reason}: ${inBrief(message)}`,
    action: isVolume ? volumeAction(message, at) : otherAction(at),
    hopeless: NEVER_STARTS.has(reason),
  };
}

function notCreated({ reason, message }: Warning, { at }: News): Hindrance {
  const isImage = reason === "InvalidImageName" || reason === "ErrImageNeverPull";
  return {
    why: `${reason}: ${message}`,
    action: isImage ? imageAction(reason, at) : otherAction(at),
    hopeless: NEVER_STARTS.has(reason) && !PASSING_FAULT.test(message),
  };
}

/** The newest warning of this stage. That a wait for volumes was too long says less than why they do not come. */
function lastOf({ warnings }: News, past: ReadonlySet<string>): Warning | undefined {
  const present = warnings.filter(({ reason }) => !past.has(reason));
  return (
    present.findLast(({ message }) => !/^Unable to attach or mount volumes/.test(message)) ??
    present.at(-1)
  );
}

/** The last crash says more than the back-off. */
function crashLoop({ lastState }: V1ContainerStatus, message: string, { at }: News): Hindrance {
  const crashed = crash(lastState?.terminated);
  const words = crashed ?? message;
  const why = words === "" ? "CrashLoopBackOff" : `CrashLoopBackOff: ${words}`;
  return { why, action: crashAction(words, at) };
}

const ended: Look = (pod, { at }) => {
  const why = crash(containerOf(pod)?.state?.terminated);
  return why === undefined ? undefined : { why, action: crashAction(why, at) };
};

/** It runs, and its server does not serve: it starts, recovers, or hangs. */
const running: Look = (pod, news) => {
  const container = containerOf(pod);
  if (container?.state?.running === undefined) return undefined;
  const { at } = news;
  const crashed = crash(container.lastState?.terminated);
  if (crashed !== undefined) {
    return { why: `was started again after ${crashed}`, action: crashAction(crashed, at) };
  }
  const warning = lastOf(news, BEFORE_RUNNING);
  if (warning === undefined) return undefined;
  if (warning.reason !== "Unhealthy")
    return { why: inBrief(warning.message), action: otherAction(at) };
  const probe = warning.message.replace(/:\s*$/, "").replace(/: command failed$/, "");
  return {
    why: `runs, but its server takes no connections yet (${probe})`,
    action: slowAction(at),
  };
};

/** Of the pod as a whole, such as an eviction. */
const ownWords: Look = (pod, { at }) => {
  const why = pod.status?.message ?? pod.status?.reason ?? "";
  return why === "" ? undefined : { why, action: otherAction(at) };
};

const lastWarning: Look = (_pod, { at, warnings }) => {
  const last = warnings.at(-1);
  return last && { why: inBrief(last.message), action: otherAction(at) };
};

const LOOKS: readonly Look[] = [
  withoutVolume,
  unscheduled,
  waiting,
  ended,
  running,
  ownWords,
  lastWarning,
];

function missing({ warnings }: News): Hindrance {
  const last = warnings.at(-1);
  if (last === undefined) return { why: "does not exist yet" };
  const { message } = last;
  return {
    why: message,
    action: refusedAction(message),
    hopeless: POD_REFUSED.test(message),
  };
}

/**
 * A registry that says so has no such image. Otherwise the first failures may be the registry's own; a back-off
 * that shows no sign of that means that the image cannot be had.
 */
function pulling(image: string, { reason, message }: Warning, { at, warnings }: News): Hindrance {
  const pulls = warnings.filter((it) => it.reason === "Failed" && it.message.includes("pull"));
  const words = pulls.at(-1)?.message ?? message;
  const all = `${message} ${words}`;
  const times = pulls.reduce((sum, { count = 1 }) => sum + count, 0);
  const isRefused = NO_RIGHT.test(all) && times < REFUSED_FOR_GOOD;
  const hopeless =
    NO_SUCH_IMAGE.test(all) ||
    (reason === "ImagePullBackOff" && !PASSING_FAULT.test(all) && !isRefused);
  const why = `image ${image} cannot be pulled: ${words === "" ? reason : withoutWrappers(words)}`;
  return { why, action: imageAction(words === "" ? reason : words, at), hopeless };
}

function crash(last: V1ContainerStateTerminated | undefined): string | undefined {
  if (last === undefined) return undefined;
  const { message, exitCode, reason = "Error" } = last;
  const isKilled = exitCode === KILLED;
  const line = message === undefined || isKilled ? undefined : endReason(message);
  return `${reason} (exit code ${exitCode})${line === undefined ? "" : `: ${line}`}`;
}
