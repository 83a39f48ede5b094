import type { Json, KubernetesObject } from "../store/object.ts";
import { isRecord } from "./patch/fields.ts";
import { asJson } from "./patch/ownership.ts";

interface Column {
  name: string;
  /** Shown with `-o wide` only. */
  wide?: boolean;
  value: (object: Json, now: Date) => Json;
}

const at = (value: Json | undefined, path: string): Json | undefined =>
  path
    .split(".")
    .reduce<Json | undefined>((part, key) => (isRecord(part) ? part[key] : undefined), value);

const textAt = (value: Json | undefined, path: string, otherwise = "<none>"): string => {
  const found = at(value, path);
  if (found === undefined || found === null || found === "") return otherwise;
  return typeof found === "string" ? found : JSON.stringify(found);
};

const listAt = (value: Json | undefined, path: string): Json[] => {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
};

const column = (name: string, path: string, otherwise?: string, wide = false): Column => ({
  name,
  wide,
  value: (object) => textAt(object, path, otherwise),
});

const NAME: Column = { name: "Name", value: (object) => textAt(object, "metadata.name") };
const AGE: Column = {
  name: "Age",
  value: (object, now) => ageOf(at(object, "metadata.creationTimestamp"), now),
};

/** "45s", "12m", "3h20m", "5d", as kubectl writes them. */
export function ageOf(since: Json | undefined, now: Date): string {
  if (typeof since !== "string") return "<unknown>";
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

const keys = (name: string, ...paths: string[]): Column => ({
  name,
  value: (object) =>
    paths
      .map(
        (path) =>
          Object.keys(isRecord(at(object, path) ?? null) ? (at(object, path) ?? {}) : {}).length,
      )
      .reduce((a, b) => a + b, 0),
});

function podStatus(pod: Json): string {
  if (at(pod, "metadata.deletionTimestamp") !== undefined) return "Terminating";
  for (const status of listAt(pod, "status.containerStatuses")) {
    const reason = at(status, "state.waiting.reason") ?? at(status, "state.terminated.reason");
    if (typeof reason === "string" && reason !== "") return reason;
  }
  return textAt(pod, "status.reason", textAt(pod, "status.phase", "Unknown"));
}

const restarts = (pod: Json): number =>
  listAt(pod, "status.containerStatuses").reduce<number>(
    (sum, status) => sum + Number(at(status, "restartCount") ?? 0),
    0,
  );

const readyOf = (pod: Json): string =>
  `${listAt(pod, "status.containerStatuses").filter((status) => at(status, "ready") === true).length}/${listAt(pod, "spec.containers").length}`;

function externalIp(service: Json): string {
  const ingress = listAt(service, "status.loadBalancer.ingress").map((entry) =>
    textAt(entry, "ip", textAt(entry, "hostname")),
  );
  if (ingress.length > 0) return ingress.join(",");
  return at(service, "spec.type") === "LoadBalancer" ? "<pending>" : "<none>";
}

const portsOf = (service: Json): string =>
  listAt(service, "spec.ports")
    .map((port) => {
      const node = at(port, "nodePort");
      return `${textAt(port, "port")}${node === undefined ? "" : `:${textAt(port, "nodePort")}`}/${textAt(port, "protocol", "TCP")}`;
    })
    .join(",") || "<none>";

const accessModes = (path: string): Column => ({
  name: "Access Modes",
  value: (object) =>
    listAt(object, path)
      .map(
        (mode) =>
          ({
            ReadWriteOnce: "RWO",
            ReadOnlyMany: "ROX",
            ReadWriteMany: "RWX",
            ReadWriteOncePod: "RWOP",
          })[textAt({ mode }, "mode")] ?? "?",
      )
      .join(","),
});

const images = (path: string): Column => ({
  name: "Images",
  wide: true,
  value: (o) =>
    listAt(o, path)
      .map((c) => textAt(c, "image"))
      .join(","),
});

const selector = (path: string): Column => ({
  name: "Selector",
  wide: true,
  value: (object) => {
    const found = at(object, path);
    return isRecord(found)
      ? Object.entries(found)
          .map(([key, value]) => `${key}=${textAt({ value }, "value", "")}`)
          .join(",")
      : "<none>";
  },
});

const nodeReady = (node: Json): string => {
  const ready = listAt(node, "status.conditions").find(
    (condition) => at(condition, "type") === "Ready",
  );
  const word = at(ready, "status") === "True" ? "Ready" : "NotReady";
  return at(node, "spec.unschedulable") === true ? `${word},SchedulingDisabled` : word;
};

const COLUMNS: Record<string, Column[]> = {
  Pod: [
    NAME,
    { name: "Ready", value: readyOf },
    { name: "Status", value: podStatus },
    { name: "Restarts", value: restarts },
    AGE,
    column("IP", "status.podIP", "<none>", true),
    column("Node", "spec.nodeName", "<none>", true),
  ],
  Service: [
    NAME,
    column("Type", "spec.type"),
    column("Cluster-IP", "spec.clusterIP"),
    { name: "External-IP", value: externalIp },
    { name: "Port(s)", value: portsOf },
    AGE,
    selector("spec.selector"),
  ],
  StatefulSet: [
    NAME,
    {
      name: "Ready",
      value: (o) => `${textAt(o, "status.readyReplicas", "0")}/${textAt(o, "spec.replicas", "1")}`,
    },
    AGE,
    {
      name: "Containers",
      wide: true,
      value: (o) =>
        listAt(o, "spec.template.spec.containers")
          .map((c) => textAt(c, "name"))
          .join(","),
    },
    images("spec.template.spec.containers"),
  ],
  PersistentVolumeClaim: [
    NAME,
    {
      name: "Status",
      value: (o) =>
        at(o, "metadata.deletionTimestamp") === undefined
          ? textAt(o, "status.phase")
          : "Terminating",
    },
    column("Volume", "spec.volumeName", ""),
    column("Capacity", "status.capacity.storage", ""),
    accessModes("status.accessModes"),
    column("StorageClass", "spec.storageClassName", ""),
    AGE,
  ],
  PersistentVolume: [
    NAME,
    column("Capacity", "spec.capacity.storage", ""),
    accessModes("spec.accessModes"),
    column("Reclaim Policy", "spec.persistentVolumeReclaimPolicy", ""),
    {
      name: "Status",
      value: (o) =>
        at(o, "metadata.deletionTimestamp") === undefined
          ? textAt(o, "status.phase")
          : "Terminating",
    },
    {
      name: "Claim",
      value: (o) =>
        at(o, "spec.claimRef") === undefined
          ? ""
          : `${textAt(o, "spec.claimRef.namespace")}/${textAt(o, "spec.claimRef.name")}`,
    },
    column("StorageClass", "spec.storageClassName", ""),
    AGE,
  ],
  Secret: [NAME, column("Type", "type"), keys("Data", "data"), AGE],
  ConfigMap: [NAME, keys("Data", "data", "binaryData"), AGE],
  Namespace: [NAME, column("Status", "status.phase"), AGE],
  Node: [
    NAME,
    { name: "Status", value: nodeReady },
    { name: "Roles", value: () => "<none>" },
    AGE,
    column("Version", "status.nodeInfo.kubeletVersion", ""),
  ],
  Event: [
    {
      name: "Last Seen",
      value: (o, now) => ageOf(at(o, "lastTimestamp") ?? at(o, "metadata.creationTimestamp"), now),
    },
    column("Type", "type", ""),
    column("Reason", "reason", ""),
    {
      name: "Object",
      value: (o) =>
        `${textAt(o, "involvedObject.kind", "").toLowerCase()}/${textAt(o, "involvedObject.name", "")}`,
    },
    column("Message", "message", ""),
    column("Count", "count", "1", true),
    { ...NAME, wide: true },
  ],
  StorageClass: [
    NAME,
    column("Provisioner", "provisioner"),
    column("ReclaimPolicy", "reclaimPolicy"),
    column("VolumeBindingMode", "volumeBindingMode"),
    column("AllowVolumeExpansion", "allowVolumeExpansion", "false"),
    AGE,
  ],
  NetworkPolicy: [NAME, selector("spec.podSelector.matchLabels"), AGE],
};

/** What `kubectl get` prints. */
export function tableOf(
  kind: string,
  objects: readonly KubernetesObject[],
  metadata: object,
  now: Date,
): object {
  const columns = COLUMNS[kind] ?? [NAME, AGE];
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: columns.map(({ name, wide }) => ({
      name,
      type: "string",
      format: name === "Name" ? "name" : "",
      description: name,
      priority: wide === true ? 1 : 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ value }) => value(asJson(object), now)),
      object: {
        kind: "PartialObjectMetadata",
        apiVersion: "meta.k8s.io/v1",
        metadata: object.metadata,
      },
    })),
  };
}
