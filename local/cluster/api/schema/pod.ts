import {
  anything,
  bool,
  count,
  integer,
  intOrString,
  labels,
  labelSelector,
  list,
  listBy,
  map,
  meta,
  object,
  oneOf,
  port,
  quantity,
  strings,
  text,
  time,
  type ObjectSchema,
  type Schema,
} from "./schema.ts";

const resources = object({ requests: map(quantity), limits: map(quantity) });

const keyRef = object({ name: text(), key: text(), optional: bool() }, ["key"], { atomic: true });

const env = object(
  {
    name: text(),
    value: text(),
    valueFrom: object({
      secretKeyRef: keyRef,
      configMapKeyRef: keyRef,
      fieldRef: object({ apiVersion: text("v1"), fieldPath: text() }, ["fieldPath"], {
        atomic: true,
      }),
    }),
  },
  ["name"],
);

const probe = object({
  exec: object({ command: strings }),
  tcpSocket: object({ port: intOrString, host: text() }, ["port"]),
  httpGet: object({ path: text("/"), port: intOrString, host: text(), scheme: text("HTTP") }, [
    "port",
  ]),
  initialDelaySeconds: count,
  periodSeconds: integer({ min: 1, default: 10 }),
  timeoutSeconds: integer({ min: 1, default: 1 }),
  successThreshold: integer({ min: 1, default: 1 }),
  failureThreshold: integer({ min: 1, default: 3 }),
  terminationGracePeriodSeconds: integer({ min: 1 }),
});

const seccompProfile = object(
  { type: oneOf(["RuntimeDefault", "Unconfined", "Localhost"]), localhostProfile: text() },
  ["type"],
);

const container = object(
  {
    name: text(),
    image: text(),
    imagePullPolicy: oneOf(["Always", "IfNotPresent", "Never"], "IfNotPresent"),
    command: strings,
    args: strings,
    workingDir: text(),
    env: listBy(["name"], env),
    envFrom: list(
      object({
        prefix: text(),
        secretRef: object({ name: text(), optional: bool() }),
        configMapRef: object({ name: text(), optional: bool() }),
      }),
    ),
    ports: listBy(
      ["containerPort", "protocol"],
      object(
        {
          name: text(),
          containerPort: port,
          protocol: oneOf(["TCP", "UDP", "SCTP"], "TCP"),
          hostPort: port,
        },
        ["containerPort"],
      ),
    ),
    resources: { ...resources, default: {} },
    volumeMounts: listBy(
      ["mountPath"],
      object({ name: text(), mountPath: text(), subPath: text(), readOnly: bool() }, [
        "name",
        "mountPath",
      ]),
    ),
    startupProbe: probe,
    readinessProbe: probe,
    livenessProbe: probe,
    lifecycle: object({ preStop: object({ exec: object({ command: strings }) }) }),
    securityContext: object({
      allowPrivilegeEscalation: bool(),
      capabilities: object({ add: strings, drop: strings }),
      privileged: bool(),
      readOnlyRootFilesystem: bool(),
      runAsUser: count,
      runAsGroup: count,
      runAsNonRoot: bool(),
      seccompProfile,
    }),
    terminationMessagePath: text("/dev/termination-log"),
    terminationMessagePolicy: oneOf(["File", "FallbackToLogsOnError"], "File"),
  },
  ["name", "image"],
);

const items = list(object({ key: text(), path: text(), mode: count }, ["key", "path"]));

const volume = object(
  {
    name: text(),
    persistentVolumeClaim: object({ claimName: text(), readOnly: bool() }, ["claimName"]),
    secret: object({
      secretName: text(),
      items,
      defaultMode: integer({ min: 0, max: 0o777, default: 0o644 }),
      optional: bool(),
    }),
    configMap: object({
      name: text(),
      items,
      defaultMode: integer({ min: 0, max: 0o777, default: 0o644 }),
      optional: bool(),
    }),
    emptyDir: object({ medium: oneOf(["", "Memory"]), sizeLimit: quantity }),
    projected: object({
      defaultMode: integer({ min: 0, max: 0o777, default: 0o644 }),
      sources: list(
        object({
          secret: object({ name: text(), items, optional: bool() }),
          configMap: object({ name: text(), items, optional: bool() }),
        }),
      ),
    }),
  },
  ["name"],
);

const fields: Record<string, Schema> = {
  containers: listBy(["name"], container),
  volumes: listBy(["name"], volume),
  nodeName: text(),
  nodeSelector: map(text(), true),
  hostname: text(),
  subdomain: text(),
  restartPolicy: oneOf(["Always", "OnFailure", "Never"], "Always"),
  terminationGracePeriodSeconds: integer({ min: 0, default: 30 }),
  activeDeadlineSeconds: integer({ min: 1 }),
  dnsPolicy: oneOf(["ClusterFirst", "Default", "None", "ClusterFirstWithHostNet"], "ClusterFirst"),
  serviceAccountName: text(),
  serviceAccount: text(),
  automountServiceAccountToken: bool(),
  enableServiceLinks: bool(true),
  schedulerName: text("default-scheduler"),
  priorityClassName: text(),
  imagePullSecrets: listBy(["name"], object({ name: text() }, ["name"])),
  securityContext: object(
    {
      fsGroup: count,
      fsGroupChangePolicy: oneOf(["OnRootMismatch", "Always"]),
      runAsUser: count,
      runAsGroup: count,
      runAsNonRoot: bool(),
      seccompProfile,
      supplementalGroups: list(count),
    },
    [],
    { default: {} },
  ),
  affinity: object({ nodeAffinity: anything, podAffinity: anything, podAntiAffinity: anything }),
  tolerations: list(anything),
  topologySpreadConstraints: listBy(
    ["topologyKey", "whenUnsatisfiable"],
    object(
      {
        maxSkew: integer({ min: 1 }),
        minDomains: integer({ min: 1 }),
        topologyKey: text(),
        whenUnsatisfiable: oneOf(["DoNotSchedule", "ScheduleAnyway"]),
        labelSelector,
        matchLabelKeys: strings,
        nodeAffinityPolicy: text(),
        nodeTaintsPolicy: text(),
      },
      ["maxSkew", "topologyKey", "whenUnsatisfiable"],
    ),
  ),
};

const condition = object({
  type: text(),
  status: text(),
  reason: text(),
  message: text(),
  lastProbeTime: anything,
  lastTransitionTime: anything,
  observedGeneration: count,
});
export const conditions = listBy(["type"], condition);

export const podSpec = object(fields, ["containers"]);

export const pod: ObjectSchema = object(
  {
    spec: podSpec,
    status: object({
      phase: text(),
      conditions,
      containerStatuses: list(anything),
      hostIP: text(),
      hostIPs: list(anything),
      podIP: text(),
      podIPs: list(anything),
      startTime: time,
      qosClass: text(),
      reason: text(),
      message: text(),
      nominatedNodeName: text(),
      observedGeneration: count,
    }),
  },
  ["spec"],
);

export const podTemplate = object({ metadata: object({ ...meta.fields, labels }), spec: podSpec }, [
  "spec",
]);
