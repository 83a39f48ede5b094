import { KINDS } from "./kinds.ts";
import { refOf, type KubernetesObject } from "./object.ts";
import { ApiStatusError } from "./status-error.ts";
import type { ObjectStore, WatchEvent } from "./store.ts";

const all = (store: ObjectStore): KubernetesObject[] => KINDS.flatMap((k) => store.list(k.kind));
const has = (object: KubernetesObject, finalizer: string): boolean =>
  object.metadata.finalizers?.includes(finalizer) ?? false;

/** Deletes what lost its owners and empties namespaces under deletion, as the controllers of a real cluster do. */
export function collectGarbage(store: ObjectStore): void {
  let busy = false;
  let again = false;
  const run = async (): Promise<void> => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    do {
      again = false;
      await sweep(store);
      // What was asked for meanwhile is seen only at run time.
    } while (isSet(() => again));
    busy = false;
  };
  const start = (): void => {
    run().catch((error: unknown) => {
      busy = false;
      process.stderr.write(`Collecting garbage failed: ${String(error)}\n`);
    });
  };
  store.watch("*", undefined, (event) => {
    if (matters(event)) start();
  });
  start();
}

const isSet = (read: () => boolean): boolean => read();

/** Only deletions, begun or done, can make garbage. */
const matters = ({ type, object, previous }: WatchEvent): boolean =>
  type === "DELETED" ||
  (object.metadata.deletionTimestamp !== undefined &&
    object.metadata.deletionTimestamp !== previous?.metadata.deletionTimestamp);

async function sweep(store: ObjectStore): Promise<void> {
  const objects = all(store);
  const living = new Set(objects.map((object) => object.metadata.uid));
  const terminating = new Set(
    objects
      .filter((o) => o.kind === "Namespace" && o.metadata.deletionTimestamp !== undefined)
      .map((o) => o.metadata.name),
  );
  await orphan(store, objects);
  for (const object of objects) {
    if (object.metadata.deletionTimestamp !== undefined) continue;
    if (terminating.has(object.metadata.namespace ?? "") || isOwnerless(object, objects, living)) {
      await quietly(store.delete(refOf(object), { uid: object.metadata.uid }));
    }
  }
  await finishForeground(store);
  for (const name of terminating) {
    if (all(store).some((object) => object.metadata.namespace === name)) continue;
    await quietly(
      store.modify({ kind: "Namespace", name }, (draft) => {
        draft.spec = { ...draft.spec, finalizers: [] };
      }),
    );
  }
}

function isOwnerless(
  object: KubernetesObject,
  objects: KubernetesObject[],
  living: Set<string>,
): boolean {
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length === 0) return false;
  return owners.every((owner) => {
    if (!living.has(owner.uid)) return true;
    const found = objects.find((o) => o.metadata.uid === owner.uid);
    return found !== undefined && has(found, "foregroundDeletion");
  });
}

/** propagationPolicy Orphan: the dependents forget their owner before it goes. */
async function orphan(store: ObjectStore, objects: KubernetesObject[]): Promise<void> {
  for (const owner of objects.filter(
    (o) => has(o, "orphan") && o.metadata.deletionTimestamp !== undefined,
  )) {
    for (const { metadata, kind } of objects) {
      if (!(metadata.ownerReferences ?? []).some((r) => r.uid === owner.metadata.uid)) continue;
      await quietly(
        store.modify({ kind, namespace: metadata.namespace, name: metadata.name }, (draft) => {
          draft.metadata.ownerReferences = (draft.metadata.ownerReferences ?? []).filter(
            (r) => r.uid !== owner.metadata.uid,
          );
        }),
      );
    }
    await dropFinalizer(store, owner, "orphan");
  }
}

/** propagationPolicy Foreground: the owner goes after the last dependent that blocks it. */
async function finishForeground(store: ObjectStore): Promise<void> {
  const objects = all(store);
  for (const owner of objects.filter(
    (o) => has(o, "foregroundDeletion") && o.metadata.deletionTimestamp !== undefined,
  )) {
    const blocked = objects.some((o) =>
      (o.metadata.ownerReferences ?? []).some(
        (r) => r.uid === owner.metadata.uid && r.blockOwnerDeletion === true,
      ),
    );
    if (!blocked) await dropFinalizer(store, owner, "foregroundDeletion");
  }
}

async function dropFinalizer(
  store: ObjectStore,
  object: KubernetesObject,
  finalizer: string,
): Promise<void> {
  await quietly(
    store.modify(refOf(object), (draft) => {
      draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((f) => f !== finalizer);
    }),
  );
}

/** Gone or replaced meanwhile is done. */
async function quietly(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof ApiStatusError)) throw error;
  }
}
