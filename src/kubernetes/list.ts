import type { KubernetesObject } from "@kubernetes/client-node";
import type { ListedObject } from "../domain/cluster.ts";
import { objectNames, type InstanceRef } from "../domain/names.ts";
import type { KubernetesClient } from "./client.ts";
import type { Kind } from "./kinds.ts";
import { selectorText } from "./labels.ts";
import { isOf } from "./ownership.ts";

/** In the order in which they are removed. */
export const INSTANCE_KINDS = [
  "Service",
  "StatefulSet",
  "Pod",
  "PersistentVolumeClaim",
  "NetworkPolicy",
  "ConfigMap",
  "Secret",
] as const satisfies readonly Kind[];
export type InstanceKind = (typeof INSTANCE_KINDS)[number];

export interface Found extends ListedObject {
  readonly kind: InstanceKind;
}

/** An object as a whole, and how it was found. */
export interface FoundObject extends Pick<Found, "kind" | "foundBy"> {
  readonly object: KubernetesObject;
}

function namesByKind(ref: InstanceRef): Readonly<Record<InstanceKind, readonly string[]>> {
  const names = objectNames(ref);
  return {
    Service: [names.service, names.headlessService],
    StatefulSet: [names.statefulSet],
    Pod: [names.pod],
    PersistentVolumeClaim: [names.claim],
    NetworkPolicy: [names.networkPolicy],
    ConfigMap: [names.config],
    Secret: [names.bootstrapSecret, names.certificateSecret, names.controlSecret],
  };
}

/** All of the instance, found by label and, where a label was taken off, by name. */
export async function findObjects(
  client: KubernetesClient,
  ref: InstanceRef,
): Promise<FoundObject[]> {
  const byKind = await Promise.all(INSTANCE_KINDS.map((kind) => findKind(client, ref, kind)));
  return byKind.flat();
}

async function findKind(
  client: KubernetesClient,
  ref: InstanceRef,
  kind: InstanceKind,
): Promise<FoundObject[]> {
  const { namespace } = ref;
  const { items } = await client.list(kind, namespace, { labels: selectorText(ref) });
  const labelled = new Set(items.map(({ metadata }) => metadata?.name));
  const missing = namesByKind(ref)[kind].filter((name) => !labelled.has(name));
  const named = await Promise.all(missing.map((name) => client.get({ kind, namespace, name })));
  const ours = named.filter((item) => item !== undefined).filter((item) => isOf(ref, item));
  return [
    ...items.map((object) => ({ kind, object, foundBy: "label" as const })),
    ...ours.map((object) => ({ kind, object, foundBy: "name" as const })),
  ];
}

/** The same, of which only is told what it is. */
export async function listObjects(client: KubernetesClient, ref: InstanceRef): Promise<Found[]> {
  return (await findObjects(client, ref)).map(refOfFound);
}

export function refOfFound({ kind, object, foundBy }: FoundObject): Found {
  const { metadata } = object;
  return { kind, name: metadata?.name ?? "", uid: metadata?.uid ?? "", foundBy };
}
