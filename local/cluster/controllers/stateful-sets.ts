import { refOf, type KubernetesObject } from "../store/object.ts";
import { ApiStatusError } from "../store/status-error.ts";
import type { ObjectStore } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import { isReady, keyOfObject, refOfKey, textIn } from "./objects.ts";
import { StatefulSetSpec, claimNameOf, podOf, revisionOf } from "./stateful-set-spec.ts";
import { WorkQueue } from "./work-queue.ts";

const COMPONENT = "statefulset-controller";

/** Keeps the pods of each StatefulSet as its spec has them; what loses its owner is the garbage collector's. */
export function startStatefulSets(store: ObjectStore, clock: Clock): { stop(): Promise<void> } {
  const queue = new WorkQueue(clock, (key) => reconcile(store, key));
  const stops = [
    store.watch("StatefulSet", undefined, ({ object }) => queue.add(keyOfObject(object))),
    store.watch("Pod", undefined, ({ object }) => {
      const owner = ownerOf(object);
      if (owner !== undefined) queue.add(`${object.metadata.namespace ?? ""}/${owner.name}`);
    }),
  ];
  for (const set of store.list("StatefulSet")) queue.add(keyOfObject(set));
  return {
    async stop() {
      for (const stop of stops) stop();
      await queue.stop();
    },
  };
}

const ownerOf = (pod: KubernetesObject): { name: string; uid: string } | undefined =>
  pod.metadata.ownerReferences?.find((it) => it.kind === "StatefulSet" && it.controller === true);

interface Member {
  readonly ordinal: number;
  readonly pod: KubernetesObject;
}

function membersOf(store: ObjectStore, set: KubernetesObject): Member[] {
  const { name, namespace, uid } = set.metadata;
  return store
    .list("Pod", { namespace })
    .filter((pod) => ownerOf(pod)?.uid === uid)
    .map((pod) => ({ ordinal: Number(pod.metadata.name.slice(name.length + 1)), pod }))
    .filter(({ ordinal }) => Number.isInteger(ordinal))
    .sort((a, b) => a.ordinal - b.ordinal);
}

async function reconcile(store: ObjectStore, key: string): Promise<void> {
  const ref = refOfKey("StatefulSet", key);
  const set = store.get(ref);
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
  const spec = StatefulSetSpec.parse(set.spec);
  await steer(store, set, spec);
  const current = store.get(ref);
  if (current !== undefined) await report(store, current, spec);
}

async function steer(
  store: ObjectStore,
  set: KubernetesObject,
  spec: StatefulSetSpec,
): Promise<void> {
  const members = membersOf(store, set);
  const inOrder = spec.podManagementPolicy === "OrderedReady";
  const surplus = members.filter(({ ordinal }) => ordinal >= spec.replicas);
  for (const { pod } of surplus.reverse()) {
    if (await remove(store, set, pod)) return;
  }
  for (let ordinal = 0; ordinal < spec.replicas; ordinal += 1) {
    const pod = members.find((it) => it.ordinal === ordinal)?.pod;
    if (pod === undefined) await makePod(store, set, spec, ordinal);
    else if (["Failed", "Succeeded"].includes(textIn(pod.status, "phase") ?? ""))
      await remove(store, set, pod);
    if (inOrder && (pod === undefined || !isReady(pod))) break;
  }
  await roll(store, set, spec, members);
}

/** Replaces one pod of an older template at a time, from the highest. */
async function roll(
  store: ObjectStore,
  set: KubernetesObject,
  spec: StatefulSetSpec,
  members: Member[],
): Promise<void> {
  if (spec.updateStrategy.type !== "RollingUpdate") return;
  if (members.some(({ pod }) => pod.metadata.deletionTimestamp !== undefined)) return;
  const revision = revisionOf(set.metadata.name, spec);
  const isOld = ({ pod }: Member): boolean =>
    pod.metadata.labels?.["controller-revision-hash"] !== revision;
  // One that never became ready must not keep its own repair from happening.
  const old = members.filter(isOld).reverse();
  const next = old.find(({ pod }) => !isReady(pod)) ?? old[0];
  if (next === undefined || members.some((it) => !isOld(it) && !isReady(it.pod))) return;
  await remove(store, set, next.pod);
}

async function makePod(
  store: ObjectStore,
  set: KubernetesObject,
  spec: StatefulSetSpec,
  ordinal: number,
): Promise<void> {
  const { name, namespace = "default" } = set.metadata;
  for (const template of spec.volumeClaimTemplates) {
    const claim = claimNameOf(template.metadata.name, name, ordinal);
    if (store.get({ kind: "PersistentVolumeClaim", namespace, name: claim }) !== undefined)
      continue;
    await store.create({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: claim, namespace, labels: template.metadata.labels ?? {} },
      spec: { storageClassName: "default", volumeMode: "Filesystem", ...template.spec },
      status: { phase: "Pending" },
    });
  }
  const pod = podOf(set, spec, ordinal);
  try {
    await store.create(pod);
    await store.recordEvent(set, {
      type: "Normal",
      reason: "SuccessfulCreate",
      message: `create Pod ${pod.metadata.name} in StatefulSet ${name} successful`,
      component: COMPONENT,
    });
  } catch (error) {
    if (!(error instanceof ApiStatusError)) throw error;
    await store.recordEvent(set, {
      type: "Warning",
      reason: "FailedCreate",
      message: `create Pod ${pod.metadata.name} in StatefulSet ${name} failed error: ${error.message}`,
      component: COMPONENT,
    });
    throw error;
  }
}

/** False when it is on its way out already. */
async function remove(
  store: ObjectStore,
  set: KubernetesObject,
  pod: KubernetesObject,
): Promise<boolean> {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  await store.delete(refOf(pod), { uid: pod.metadata.uid });
  await store.recordEvent(set, {
    type: "Normal",
    reason: "SuccessfulDelete",
    message: `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`,
    component: COMPONENT,
  });
  return true;
}

async function report(
  store: ObjectStore,
  set: KubernetesObject,
  spec: StatefulSetSpec,
): Promise<void> {
  const pods = membersOf(store, set).map(({ pod }) => pod);
  const revision = revisionOf(set.metadata.name, spec);
  const ready = pods.filter(isReady).length;
  const updated = pods.filter(
    (pod) => pod.metadata.labels?.["controller-revision-hash"] === revision,
  ).length;
  const former = set.status?.["currentRevision"];
  const done = updated === pods.length || typeof former !== "string";
  await store.modify(
    refOf(set),
    (draft) => {
      draft.status = {
        observedGeneration: set.metadata.generation ?? 1,
        replicas: pods.length,
        readyReplicas: ready,
        availableReplicas: ready,
        currentReplicas: done ? pods.length : pods.length - updated,
        updatedReplicas: updated,
        currentRevision: done ? revision : former,
        updateRevision: revision,
        collisionCount: 0,
      };
    },
    "status",
  );
}
