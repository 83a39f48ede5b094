import { z } from "zod";
import type { NodeFaults } from "../faults/node-faults.ts";
import { refOf, type KubernetesObject } from "../store/object.ts";
import { ApiStatusError } from "../store/status-error.ts";
import type { ObjectStore } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import { keyOfObject, refOfKey, textIn } from "./objects.ts";
import { WorkQueue } from "./work-queue.ts";

/** Where volumes lie: a folder each. */
export interface VolumeFolders {
  /** The path that a volume of this name has, made or not. */
  pathOf(name: string): string;
  make(name: string): Promise<void>;
  /** Removes it with all its data; absent is done. */
  remove(name: string): Promise<void>;
}

/** For tests without files. */
export const noVolumeFolders: VolumeFolders = {
  pathOf: (name) => `/volumes/${name}`,
  make: async () => undefined,
  remove: async () => undefined,
};

export const PROVISIONER = "toygres.local/folder";
const PROTECTION = "kubernetes.io/pvc-protection";
const COMPONENT = "persistentvolume-controller";
const RETRY_MS = 1_000;

const ClaimSpec = z.object({
  storageClassName: z.string().optional(),
  accessModes: z.array(z.string()).default(["ReadWriteOnce"]),
  resources: z.object({ requests: z.object({ storage: z.string() }) }),
  volumeName: z.string().optional(),
});

const PodVolumes = z.object({
  volumes: z
    .array(z.object({ persistentVolumeClaim: z.object({ claimName: z.string() }).optional() }))
    .default([]),
});

const VolumeSpec = z.object({
  persistentVolumeReclaimPolicy: z.string().default("Delete"),
  claimRef: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
});

const claimsOf = (pod: KubernetesObject): string[] =>
  PodVolumes.parse(pod.spec ?? {}).volumes.flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName],
  );

/** Gives each claim a volume of its own, and takes both away when the claim goes and no pod uses it. */
export async function startClaims(
  store: ObjectStore,
  clock: Clock,
  folders: VolumeFolders,
  faults: NodeFaults,
): Promise<{ stop(): Promise<void> }> {
  await ensureStorageClass(store);
  const claims: WorkQueue = new WorkQueue(clock, async (key) => {
    if (await isRefused(store, faults, key)) claims.addAfter(key, RETRY_MS);
    else await reconcileClaim(store, folders, key);
  });
  const volumes = new WorkQueue(clock, (key) => reconcileVolume(store, folders, key));
  const stops = [
    store.watch("PersistentVolumeClaim", undefined, ({ type, object }) => {
      claims.add(keyOfObject(object));
      const volume = textIn(object.spec, "volumeName");
      if (type === "DELETED" && volume !== undefined) volumes.add(`/${volume}`);
    }),
    store.watch("Pod", undefined, ({ type, object }) => {
      if (type !== "DELETED") return;
      for (const name of claimsOf(object)) claims.add(`${object.metadata.namespace ?? ""}/${name}`);
    }),
    store.watch("PersistentVolume", undefined, ({ object }) => volumes.add(keyOfObject(object))),
    store.watch("StorageClass", undefined, () => addAll()),
  ];
  const addAll = (): void => {
    for (const claim of store.list("PersistentVolumeClaim")) claims.add(keyOfObject(claim));
    for (const volume of store.list("PersistentVolume")) volumes.add(keyOfObject(volume));
  };
  addAll();
  return {
    async stop() {
      for (const stop of stops) stop();
      await Promise.all([claims.stop(), volumes.stop()]);
    },
  };
}

async function ensureStorageClass(store: ObjectStore): Promise<void> {
  if (store.get({ kind: "StorageClass", name: "default" }) !== undefined) return;
  await store.create({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: {
      name: "default",
      annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
    },
    provisioner: PROVISIONER,
    reclaimPolicy: "Delete",
    volumeBindingMode: "Immediate",
    allowVolumeExpansion: true,
  });
}

/** A claim that has a volume, or is about to go, is refused none. */
async function isRefused(store: ObjectStore, faults: NodeFaults, key: string): Promise<boolean> {
  const claim = store.get(refOfKey("PersistentVolumeClaim", key));
  if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) return false;
  const { storageClassName = "default", volumeName } = ClaimSpec.parse(claim.spec);
  if (volumeName !== undefined) return false;
  const problem = faults.whyNotMade(claim.metadata.name, storageClassName);
  if (problem === null) return false;
  await store.recordEvent(claim, {
    type: "Warning",
    reason: "ProvisioningFailed",
    message: problem,
    component: COMPONENT,
  });
  return true;
}

async function reconcileClaim(
  store: ObjectStore,
  folders: VolumeFolders,
  key: string,
): Promise<void> {
  const claim = store.get(refOfKey("PersistentVolumeClaim", key));
  if (claim === undefined) return;
  if (claim.metadata.deletionTimestamp !== undefined) {
    await release(store, claim);
    return;
  }
  await bind(store, folders, claim);
}

/** Protection: the claim stays while a pod uses it, so that a server never loses its data under its feet. */
async function release(store: ObjectStore, claim: KubernetesObject): Promise<void> {
  const { namespace, name } = claim.metadata;
  if (store.list("Pod", { namespace }).some((pod) => claimsOf(pod).includes(name))) return;
  await store.modify(refOf(claim), (draft) => {
    draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((it) => it !== PROTECTION);
  });
}

async function bind(
  store: ObjectStore,
  folders: VolumeFolders,
  claim: KubernetesObject,
): Promise<void> {
  const spec = ClaimSpec.parse(claim.spec);
  const name = spec.volumeName ?? `pvc-${claim.metadata.uid}`;
  const { storage } = spec.resources.requests;
  const storageClass = store.get({
    kind: "StorageClass",
    name: spec.storageClassName ?? "default",
  });
  if (storageClass?.provisioner !== PROVISIONER) {
    await store.recordEvent(claim, {
      type: "Warning",
      reason: "ProvisioningFailed",
      message: `storageclass.storage.k8s.io "${spec.storageClassName ?? ""}" not found`,
      component: COMPONENT,
    });
    return;
  }
  const volume = store.get({ kind: "PersistentVolume", name });
  if (volume === undefined) await makeVolume(store, folders, claim, storageClass, name);
  else if (sizeOf(volume) !== storage) {
    await store.modify(refOf(volume), (draft) => {
      draft.spec = { ...draft.spec, capacity: { storage } };
    });
  }
  await store.modify(refOf(claim), (draft) => {
    draft.spec = { ...draft.spec, volumeName: name };
  });
  await store.modify(
    refOf(claim),
    (draft) => {
      draft.status = { phase: "Bound", accessModes: spec.accessModes, capacity: { storage } };
    },
    "status",
  );
}

const sizeOf = (volume: KubernetesObject): string | undefined =>
  z.object({ storage: z.string() }).safeParse(volume.spec?.["capacity"]).data?.storage;

async function makeVolume(
  store: ObjectStore,
  folders: VolumeFolders,
  claim: KubernetesObject,
  storageClass: KubernetesObject,
  name: string,
): Promise<void> {
  const spec = ClaimSpec.parse(claim.spec);
  const { name: claimName, namespace = "default", uid } = claim.metadata;
  await store.create({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, annotations: { "pv.kubernetes.io/provisioned-by": PROVISIONER } },
    spec: {
      accessModes: spec.accessModes,
      capacity: { storage: spec.resources.requests.storage },
      claimRef: {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        name: claimName,
        namespace,
        uid,
      },
      local: { path: folders.pathOf(name) },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
      storageClassName: storageClass.metadata.name,
      volumeMode: "Filesystem",
    },
    status: { phase: "Bound" },
  });
  await folders.make(name);
  await store.recordEvent(claim, {
    type: "Normal",
    reason: "ProvisioningSucceeded",
    message: `Successfully provisioned volume ${name}`,
    component: COMPONENT,
  });
}

async function reconcileVolume(
  store: ObjectStore,
  folders: VolumeFolders,
  key: string,
): Promise<void> {
  const volume = store.get(refOfKey("PersistentVolume", key));
  const spec = VolumeSpec.safeParse(volume?.spec).data;
  if (volume === undefined || spec === undefined) return;
  const claim = store.get({ kind: "PersistentVolumeClaim", ...spec.claimRef });
  if (claim?.metadata.uid === spec.claimRef.uid) return;
  if (spec.persistentVolumeReclaimPolicy !== "Delete") {
    await store.modify(
      refOf(volume),
      (draft) => {
        draft.status = { phase: "Released" };
      },
      "status",
    );
    return;
  }
  // The folder first: a crash in between leaves the object, which says that there is something to do.
  await folders.remove(volume.metadata.name);
  try {
    await store.delete(refOf(volume), { uid: volume.metadata.uid });
  } catch (error) {
    if (!(error instanceof ApiStatusError && error.reason === "NotFound")) throw error;
  }
}
