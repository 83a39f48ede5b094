import { z } from "zod";

const Probe = z.object({
  exec: z.object({ command: z.array(z.string()).default([]) }).optional(),
  tcpSocket: z.object({ port: z.union([z.int(), z.string()]) }).optional(),
  initialDelaySeconds: z.number().default(0),
  periodSeconds: z.number().default(10),
  timeoutSeconds: z.number().default(1),
  successThreshold: z.number().default(1),
  failureThreshold: z.number().default(3),
});
export type Probe = z.infer<typeof Probe>;

const KeyRef = z.object({
  name: z.string(),
  key: z.string(),
  optional: z.boolean().default(false),
});
const SourceRef = z.object({ name: z.string(), optional: z.boolean().default(false) });
const Items = z
  .array(z.object({ key: z.string(), path: z.string(), mode: z.int().optional() }))
  .optional();

const Container = z.object({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z
    .array(
      z.object({
        name: z.string(),
        value: z.string().optional(),
        valueFrom: z
          .object({
            secretKeyRef: KeyRef.optional(),
            configMapKeyRef: KeyRef.optional(),
            fieldRef: z.object({ fieldPath: z.string() }).optional(),
          })
          .optional(),
      }),
    )
    .default([]),
  envFrom: z
    .array(
      z.object({
        prefix: z.string().default(""),
        secretRef: SourceRef.optional(),
        configMapRef: SourceRef.optional(),
      }),
    )
    .default([]),
  ports: z.array(z.object({ name: z.string().optional(), containerPort: z.int() })).default([]),
  resources: z
    .object({ requests: z.record(z.string(), z.union([z.string(), z.number()])).default({}) })
    .default({ requests: {} }),
  volumeMounts: z
    .array(
      z.object({
        name: z.string(),
        mountPath: z.string(),
        subPath: z.string().default(""),
        readOnly: z.boolean().default(false),
      }),
    )
    .default([]),
  startupProbe: Probe.optional(),
  readinessProbe: Probe.optional(),
  livenessProbe: Probe.optional(),
});
export type Container = z.infer<typeof Container>;

const Volume = z.object({
  name: z.string(),
  persistentVolumeClaim: z.object({ claimName: z.string() }).optional(),
  secret: z
    .object({
      secretName: z.string(),
      items: Items,
      defaultMode: z.int().default(0o644),
      optional: z.boolean().default(false),
    })
    .optional(),
  configMap: z
    .object({
      name: z.string(),
      items: Items,
      defaultMode: z.int().default(0o644),
      optional: z.boolean().default(false),
    })
    .optional(),
  projected: z
    .object({
      defaultMode: z.int().default(0o644),
      sources: z
        .array(
          z.object({
            secret: SourceRef.extend({ items: Items }).optional(),
            configMap: SourceRef.extend({ items: Items }).optional(),
          }),
        )
        .default([]),
    })
    .optional(),
});
export type Volume = z.infer<typeof Volume>;

/** What the kubelet reads of a pod's spec. */
export const PodSpec = z.object({
  nodeName: z.string().optional(),
  restartPolicy: z.string().default("Always"),
  terminationGracePeriodSeconds: z.number().default(30),
  containers: z.tuple([Container], Container),
  volumes: z.array(Volume).default([]),
});
export type PodSpec = z.infer<typeof PodSpec>;

/** A port by number or by its name in the container. */
export function portNumber(container: Container, port: number | string): number | undefined {
  if (typeof port === "number") return port;
  return container.ports.find(({ name }) => name === port)?.containerPort;
}
