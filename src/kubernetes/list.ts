import type { KubernetesObject } from "@kubernetes/client-node";
import type { ObjectRef } from "../domain/cluster.ts";
import { objectNames, type InstanceRef } from "../domain/names.ts";
import type { Kind, KubernetesClient } from "./client.ts";
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

export interface Found extends ObjectRef {
  readonly kind: InstanceKind;
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
export async function listObjects(client: KubernetesClient, ref: InstanceRef): Promise<Found[]> {
  const byKind = await Promise.all(INSTANCE_KINDS.map((kind) => listKind(client, ref, kind)));
  return byKind.flat();
}

async function listKind(
  client: KubernetesClient,
  ref: InstanceRef,
  kind: InstanceKind,
): Promise<Found[]> {
  const { namespace } = ref;
  const { items } = await client.list(kind, namespace, { labels: selectorText(ref) });
  const labelled = items.map((item) => found(kind, item));
  const missing = namesByKind(ref)[kind].filter((name) => !labelled.some((it) => it.name === name));
  const named = await Promise.all(missing.map((name) => client.get({ kind, namespace, name })));
  const ours = named.filter((item) => item !== undefined && isOf(ref, item));
  return [...labelled, ...ours.map((item) => found(kind, item ?? {}))];
}

const found = (kind: InstanceKind, { metadata }: KubernetesObject): Found => ({
  kind,
  name: metadata?.name ?? "",
  uid: metadata?.uid ?? "",
});
