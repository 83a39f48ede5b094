import { availableParallelism, hostname, totalmem } from "node:os";
import { z } from "zod";
import { bytesOf } from "../api/quantity.ts";
import { timestamp, type Clock } from "../controllers/clock.ts";
import { textIn } from "../controllers/objects.ts";
import type { KubernetesObject } from "../store/object.ts";
import type { ObjectStore } from "../store/store.ts";
import { PodSpec } from "./pod-spec.ts";

export const NODE = "local";

export interface Allocatable {
  readonly cpu: string;
  readonly memory: string;
  readonly pods: string;
}

/** Idle servers use a small part of what they ask for, so a laptop is let promise more than it has. */
const OVERCOMMIT = 8;

export const machineAllocatable = (): Allocatable => ({
  cpu: String(availableParallelism() * OVERCOMMIT),
  memory: `${Math.floor((totalmem() * OVERCOMMIT) / 1024)}Ki`,
  pods: "250",
});

/** Writes the one node that pods run on. */
export async function ensureNode(
  store: ObjectStore,
  clock: Clock,
  allocatable: Allocatable,
): Promise<void> {
  if (store.get({ kind: "Node", name: NODE }) === undefined) {
    await store.create({
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name: NODE,
        labels: { "kubernetes.io/hostname": NODE, "kubernetes.io/os": process.platform },
      },
      spec: {},
    });
  }
  const now = timestamp(clock.now());
  await store.modify(
    { kind: "Node", name: NODE },
    (draft) => {
      draft.status = {
        capacity: { ...allocatable },
        allocatable: { ...allocatable },
        addresses: [
          { type: "InternalIP", address: "127.0.0.1" },
          { type: "Hostname", address: hostname() },
        ],
        conditions: [
          {
            type: "Ready",
            status: "True",
            reason: "KubeletReady",
            message: "kubelet is posting ready status",
            lastTransitionTime: now,
          },
        ],
        nodeInfo: {
          operatingSystem: process.platform,
          architecture: process.arch,
          kubeletVersion: "v1.35.0-toygres",
          containerRuntimeVersion: "process://1",
        },
      };
    },
    "status",
  );
}

/** Null when the pod fits on the node, else the scheduler's sentence. */
export function whyUnschedulable(store: ObjectStore, pod: KubernetesObject): string | null {
  const spec = PodSpec.parse(pod.spec);
  return whyNoVolume(store, pod, spec) ?? whyNoRoom(store, pod);
}

function whyNoVolume(store: ObjectStore, pod: KubernetesObject, spec: PodSpec): string | null {
  for (const { persistentVolumeClaim: claim } of spec.volumes) {
    if (claim === undefined) continue;
    const { namespace } = pod.metadata;
    const found = store.get({ kind: "PersistentVolumeClaim", namespace, name: claim.claimName });
    if (found === undefined) {
      return `0/1 nodes are available: persistentvolumeclaim "${claim.claimName}" not found. not found`;
    }
    if (found.metadata.deletionTimestamp !== undefined) {
      return `0/1 nodes are available: persistentvolumeclaim "${claim.claimName}" is being deleted.`;
    }
    if (textIn(found.status, "phase") !== "Bound") {
      return "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.";
    }
  }
  return null;
}

function whyNoRoom(store: ObjectStore, pod: KubernetesObject): string | null {
  const node = store.get({ kind: "Node", name: NODE });
  const room = z.record(z.string(), z.string()).parse(node?.status?.["allocatable"] ?? {});
  const others = store
    .list("Pod")
    .filter((it) => it.spec?.["nodeName"] === NODE && it.metadata.uid !== pod.metadata.uid);
  const lacking = ["cpu", "memory"].filter((resource) => {
    const used = [...others, pod].reduce((sum, it) => sum + requested(it, resource), 0);
    return used > bytesOf(room[resource] ?? "0");
  });
  const reasons = lacking.map((it) => `1 Insufficient ${it}`);
  if (others.length + 1 > Number(room["pods"] ?? "0")) reasons.push("1 Too many pods");
  return reasons.length === 0 ? null : `0/1 nodes are available: ${reasons.join(", ")}.`;
}

function requested(pod: KubernetesObject, resource: string): number {
  const { containers } = PodSpec.parse(pod.spec);
  return containers.reduce(
    (sum, { resources }) => sum + bytesOf(resources.requests[resource] ?? 0),
    0,
  );
}
