import { createHash } from "node:crypto";
import { z } from "zod";
import type { KubernetesObject, NewObject } from "../store/object.ts";

/** What the controller reads of a StatefulSet; all else of the template goes into the pod as it is. */
export const StatefulSetSpec = z.object({
  replicas: z.int().default(1),
  serviceName: z.string().optional(),
  podManagementPolicy: z.string().default("OrderedReady"),
  updateStrategy: z
    .object({ type: z.string().default("RollingUpdate") })
    .default({ type: "RollingUpdate" }),
  template: z.object({
    metadata: z
      .object({
        labels: z.record(z.string(), z.string()).default({}),
        annotations: z.record(z.string(), z.string()).optional(),
      })
      .default({ labels: {} }),
    spec: z.record(z.string(), z.json()),
  }),
  volumeClaimTemplates: z
    .array(
      z.object({
        metadata: z.object({
          name: z.string(),
          labels: z.record(z.string(), z.string()).optional(),
        }),
        spec: z.record(z.string(), z.json()),
      }),
    )
    .default([]),
});
export type StatefulSetSpec = z.infer<typeof StatefulSetSpec>;

/** A name for the template's content, so that a pod of an older one is recognised. */
export function revisionOf(name: string, spec: StatefulSetSpec): string {
  const hash = createHash("sha256").update(JSON.stringify(spec.template)).digest("hex");
  return `${name}-${hash.slice(0, 10)}`;
}

export const claimNameOf = (template: string, set: string, ordinal: number): string =>
  `${template}-${set}-${ordinal}`;

/** The pod with this ordinal, as the real controller makes it. */
export function podOf(set: KubernetesObject, spec: StatefulSetSpec, ordinal: number): NewObject {
  const { name, namespace = "default", uid } = set.metadata;
  const podName = `${name}-${ordinal}`;
  const { labels, annotations } = spec.template.metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: podName,
      namespace,
      labels: {
        ...labels,
        "apps.kubernetes.io/pod-index": String(ordinal),
        "controller-revision-hash": revisionOf(name, spec),
        "statefulset.kubernetes.io/pod-name": podName,
      },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "StatefulSet",
          name,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      ...spec.template.spec,
      hostname: podName,
      ...(spec.serviceName === undefined ? {} : { subdomain: spec.serviceName }),
      volumes: [...volumesOf(spec), ...claimVolumesOf(name, spec, ordinal)],
    },
    status: { phase: "Pending" },
  };
}

function volumesOf({ template }: StatefulSetSpec): Record<string, z.core.util.JSONType>[] {
  return z.array(z.record(z.string(), z.json())).catch([]).parse(template.spec["volumes"]);
}

function claimVolumesOf(
  set: string,
  spec: StatefulSetSpec,
  ordinal: number,
): { name: string; persistentVolumeClaim: { claimName: string } }[] {
  return spec.volumeClaimTemplates.map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: claimNameOf(metadata.name, set, ordinal) },
  }));
}
