import { z } from "zod";
import type { KubernetesObject } from "../store/object.ts";
import type { ObjectStore } from "../store/store.ts";
import { isReady, textIn } from "./objects.ts";

/** What the controller and the proxy read of a Service. */
export const ServiceSpec = z.object({
  type: z.string().default("ClusterIP"),
  clusterIP: z.string().optional(),
  selector: z.record(z.string(), z.string()).default({}),
  publishNotReadyAddresses: z.boolean().default(false),
  loadBalancerSourceRanges: z.array(z.string()).default([]),
  ports: z
    .array(z.object({ port: z.int(), targetPort: z.union([z.int(), z.string()]).optional() }))
    .default([]),
});
export type ServiceSpec = z.infer<typeof ServiceSpec>;
export type ServicePort = ServiceSpec["ports"][number];

const Status = z.object({
  loadBalancer: z
    .object({ ingress: z.array(z.object({ ip: z.string() })).default([]) })
    .default({ ingress: [] }),
});

export const ingressOf = (service: KubernetesObject): string[] =>
  (Status.safeParse(service.status ?? {}).data?.loadBalancer.ingress ?? []).map(({ ip }) => ip);

const PodPorts = z.object({
  containers: z.array(
    z.object({
      ports: z.array(z.object({ name: z.string().optional(), containerPort: z.int() })).default([]),
    }),
  ),
});

/** Where a port of the service leads to now: its pods that are ready. */
export function endpointsOf(
  store: ObjectStore,
  service: KubernetesObject,
  { port, targetPort = port }: ServicePort,
): { host: string; port: number }[] {
  const spec = ServiceSpec.parse(service.spec);
  if (Object.keys(spec.selector).length === 0) return [];
  const pods = store.list("Pod", { namespace: service.metadata.namespace, labels: spec.selector });
  return pods
    .filter((pod) => spec.publishNotReadyAddresses || isReady(pod))
    .flatMap((pod) => {
      const host = textIn(pod.status, "podIP");
      const target = typeof targetPort === "number" ? targetPort : namedPort(pod, targetPort);
      return host === undefined || target === undefined ? [] : [{ host, port: target }];
    });
}

function namedPort(pod: KubernetesObject, name: string): number | undefined {
  const containers = PodPorts.safeParse(pod.spec).data?.containers ?? [];
  return containers.flatMap(({ ports }) => ports).find((it) => it.name === name)?.containerPort;
}
