import { conditions, pod, podTemplate } from "./pod.ts";
import { event, networkPolicy, reference, rule, subject } from "./policy.ts";
import { claim, claimSpec, volume } from "./storage.ts";
import {
  anything,
  bool,
  count,
  integer,
  intOrString,
  labelSelector,
  list,
  listBy,
  map,
  matching,
  meta,
  object,
  oneOf,
  port,
  quantity,
  setOf,
  strings,
  text,
  type ObjectSchema,
} from "./schema.ts";

const base64 = matching(
  /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  "must be base64",
);

const service = object(
  {
    spec: object(
      {
        type: oneOf(["ClusterIP", "NodePort", "LoadBalancer"], "ClusterIP"),
        selector: map(text(), true),
        ports: listBy(
          ["port", "protocol"],
          object(
            {
              name: text(),
              port,
              targetPort: intOrString,
              protocol: oneOf(["TCP", "UDP", "SCTP"], "TCP"),
              nodePort: port,
              appProtocol: text(),
            },
            ["port"],
          ),
        ),
        clusterIP: text(),
        clusterIPs: list(text()),
        publishNotReadyAddresses: bool(),
        sessionAffinity: oneOf(["None", "ClientIP"], "None"),
        internalTrafficPolicy: oneOf(["Cluster", "Local"], "Cluster"),
        externalTrafficPolicy: oneOf(["Cluster", "Local"]),
        healthCheckNodePort: integer({ min: 0, max: 65535 }),
        allocateLoadBalancerNodePorts: bool(),
        loadBalancerIP: text(),
        loadBalancerClass: text(),
        loadBalancerSourceRanges: list(text()),
        externalIPs: list(text()),
        ipFamilies: list(text()),
        ipFamilyPolicy: text(),
      },
      [],
    ),
    status: object({
      loadBalancer: object({
        ingress: list(
          object({ ip: text(), hostname: text(), ipMode: text(), ports: list(anything) }),
        ),
      }),
      conditions,
    }),
  },
  ["spec"],
);

const statefulSet = object(
  {
    spec: object(
      {
        replicas: integer({ min: 0, default: 1 }),
        serviceName: text(),
        selector: labelSelector,
        template: podTemplate,
        volumeClaimTemplates: list(
          object(
            { apiVersion: text(), kind: text(), metadata: meta, spec: claimSpec, status: anything },
            ["metadata", "spec"],
          ),
        ),
        podManagementPolicy: oneOf(["OrderedReady", "Parallel"], "OrderedReady"),
        updateStrategy: object(
          {
            type: oneOf(["RollingUpdate", "OnDelete"], "RollingUpdate"),
            rollingUpdate: object({ partition: count, maxUnavailable: intOrString }),
          },
          [],
          { default: {} },
        ),
        persistentVolumeClaimRetentionPolicy: object(
          {
            whenDeleted: oneOf(["Retain", "Delete"], "Retain"),
            whenScaled: oneOf(["Retain", "Delete"], "Retain"),
          },
          [],
          { default: {} },
        ),
        revisionHistoryLimit: integer({ min: 0, default: 10 }),
        minReadySeconds: count,
      },
      ["selector", "template"],
    ),
    status: object({
      observedGeneration: count,
      replicas: count,
      readyReplicas: count,
      currentReplicas: count,
      updatedReplicas: count,
      availableReplicas: count,
      currentRevision: text(),
      updateRevision: text(),
      collisionCount: count,
      conditions,
    }),
  },
  ["spec"],
);

const contents: Record<string, ObjectSchema> = {
  Namespace: object({
    spec: object({ finalizers: setOf(text()) }),
    status: object({ phase: text(), conditions }),
  }),
  Node: object({
    spec: object({
      podCIDR: text(),
      podCIDRs: setOf(text()),
      providerID: text(),
      unschedulable: bool(),
      taints: list(anything),
    }),
    status: object({
      addresses: listBy(["type"], object({ type: text(), address: text() }, ["type", "address"])),
      allocatable: map(quantity),
      capacity: map(quantity),
      conditions,
      nodeInfo: map(text()),
      images: list(anything),
      daemonEndpoints: anything,
    }),
  }),
  Event: event,
  Secret: object({
    data: map(base64),
    stringData: map(text()),
    type: text("Opaque"),
    immutable: bool(),
  }),
  ConfigMap: object({ data: map(text()), binaryData: map(base64), immutable: bool() }),
  ServiceAccount: object({
    secrets: list(reference),
    imagePullSecrets: list(reference),
    automountServiceAccountToken: bool(),
  }),
  PersistentVolumeClaim: claim,
  PersistentVolume: volume,
  Pod: pod,
  Service: service,
  StatefulSet: statefulSet,
  NetworkPolicy: networkPolicy,
  StorageClass: object(
    {
      provisioner: text(),
      parameters: map(text()),
      reclaimPolicy: oneOf(["Delete", "Retain"], "Delete"),
      volumeBindingMode: oneOf(["Immediate", "WaitForFirstConsumer"], "Immediate"),
      allowVolumeExpansion: bool(),
      mountOptions: strings,
    },
    ["provisioner"],
  ),
  Role: object({ rules: list(rule) }),
  RoleBinding: object(
    {
      roleRef: object({ apiGroup: text(), kind: text(), name: text() }, ["kind", "name"], {
        atomic: true,
      }),
      subjects: list(subject),
    },
    ["roleRef"],
  ),
};

const whole = new Map<string, ObjectSchema>(
  Object.entries(contents).map(([kind, content]) => [
    kind,
    object(
      { apiVersion: text(), kind: text(), metadata: meta, ...content.fields },
      content.required,
    ),
  ]),
);

/** The schema of a kind; every kind of store/kinds.ts has one. */
export function schemaOf(kind: string): ObjectSchema {
  const schema = whole.get(kind);
  if (schema === undefined) throw new Error(`No schema for kind ${kind}.`);
  return schema;
}
