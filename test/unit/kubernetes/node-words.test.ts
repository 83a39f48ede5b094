import type { Warning } from "../../../src/kubernetes/pod-state.ts";
import { AT, expectTold, type Row } from "../../support/pod-reports.ts";

const state = (reason: string, message?: string) => ({
  reason,
  ...(message !== undefined && { message }),
});
const warning = (reason: string, message: string): Warning => ({ reason, message });

/** Where the wordings were read is said in docs/cluster-faults.md. */
const rows: readonly Row[] = [
  [
    "nodes without memory",
    {
      unscheduled:
        "0/3 nodes are available: 3 Insufficient memory. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.",
    },
    `pod ${AT.pod}: 0/3 nodes are available: 3 Insufficient memory.`,
    /^Make room by deleting instances.*or add a node, on AKS with `az aks nodepool scale`\.$/,
    false,
  ],
  [
    "nodes that have all the disks that they may have",
    { unscheduled: "0/3 nodes are available: 3 node(s) exceed max volume count." },
    /exceed max volume count\.$/,
    /^Add a node: each one takes only as many disks/,
    false,
  ],
  [
    "a disk in a zone that has no node",
    { unscheduled: "0/3 nodes are available: 3 node(s) had volume node affinity conflict." },
    /volume node affinity conflict\.$/,
    /^Add a node in the zone that the instance's disk is in/,
    false,
  ],
  [
    "nodes that take other pods only",
    {
      unscheduled:
        "0/3 nodes are available: 3 node(s) had untolerated taint {CriticalAddonsOnly: true}.",
    },
    /untolerated taint/,
    /^Let a node take the pod: `kubectl get nodes`/,
    false,
  ],
  [
    "a claim of which nothing is said",
    { unscheduled: "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims." },
    /unbound immediate PersistentVolumeClaims\.$/,
    /`kubectl describe pvc -n toygres pg-orders-1a2b3c4d-data`/,
    false,
  ],
  [
    "a scheduler with a reason of its own",
    { unscheduled: "no reason that anybody knows" },
    /no reason that anybody knows$/,
    /`kubectl describe pod -n toygres pg-orders-1a2b3c4d-0`/,
    false,
  ],
  [
    "a disk that Azure does not make now, while the pod has no node yet",
    {
      ofClaim: [
        warning(
          "ProvisioningFailed",
          `failed to provision volume with StorageClass "managed-csi": rpc error: code = Unknown desc = Retriable: false, RetryAfter: 302s, HTTPStatusCode: 429, RawError: {"error":{"code":"SubscriptionRequestsThrottled","message":"Number of write requests exceeded the limit of '1200'."}}`,
        ),
      ],
    },
    `pod ${AT.pod}: its volume cannot be made: SubscriptionRequestsThrottled: Number of write requests exceeded the limit of '1200'.`,
    /^Wait until Azure takes requests again/,
    false,
  ],
  [
    "a class of disks that there is not",
    {
      unscheduled: "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
      ofClaim: [warning("ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found')],
    },
    /its volume cannot be made: storageclass\.storage\.k8s\.io "fast" not found$/,
    /^Let `STORAGE_CLASS` name a class/,
    false,
  ],
  [
    "nodes without room, though the claim has had its trouble",
    {
      unscheduled: "0/3 nodes are available: 3 Insufficient cpu.",
      ofClaim: [warning("ProvisioningFailed", "some time ago")],
    },
    /Insufficient cpu\.$/,
    /^Make room/,
    false,
  ],
  [
    "a disk that its node cannot take",
    {
      waiting: state("ContainerCreating"),
      warnings: [
        warning("FailedScheduling", "0/3 nodes are available: 3 Insufficient memory."),
        warning(
          "FailedAttachVolume",
          'AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = Unknown desc = Attach volume x to instance y failed with Retriable: false, RetryAfter: 0s, HTTPStatusCode: 409, RawError: {\r\n  "error": {\r\n    "code": "OperationNotAllowed",\r\n    "message": "The maximum number of data disks allowed to be attached to a VM of this size is 4.",\r\n    "target": "dataDisks"\r\n  }\r\n}',
        ),
        warning(
          "FailedMount",
          "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data]: timed out waiting for the condition",
        ),
      ],
    },
    `pod ${AT.pod}: ContainerCreating: OperationNotAllowed: The maximum number of data disks allowed to be attached to a VM of this size is 4.`,
    /^Add a node: each one takes only as many disks/,
    false,
  ],
  [
    "a disk that another node still has",
    {
      waiting: state("ContainerCreating"),
      warnings: [
        warning(
          "FailedAttachVolume",
          'Multi-Attach error for volume "pvc-1" Volume is already exclusively attached to one node and can\'t be attached to another',
        ),
      ],
    },
    /Multi-Attach error for volume/,
    /^Let the node that had the disk let go of it/,
    false,
  ],
  [
    "a pod that had no room and is made now",
    {
      waiting: state("ContainerCreating"),
      warnings: [warning("FailedScheduling", "0/3 nodes are available: 3 Insufficient memory.")],
    },
    `pod ${AT.pod}: ContainerCreating`,
    /^$/,
    false,
  ],
  [
    "a Secret that is not there",
    {
      waiting: state("ContainerCreating"),
      warnings: [
        warning("FailedMount", 'MountVolume.SetUp failed for volume "tls" : secret "x" not found'),
      ],
    },
    /secret "x" not found$/,
    /^Look at the pod's events/,
    false,
  ],
];

describe("a pod without a node or a disk", () => {
  it.each(rows)("says what to do about %s", (_what, ...row) => {
    expectTold(...row);
  });
});
