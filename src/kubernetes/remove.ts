import { setTimeout as sleep } from "node:timers/promises";
import type { BeforeRemoval, ObjectRef, Removal } from "../domain/cluster.ts";
import type { InstanceRef } from "../domain/names.ts";
import type { KubernetesClient } from "./client.ts";
import { listObjects, type Found, type InstanceKind } from "./list.ts";

const FIRST_POLL_MS = 50;
const SLOWEST_POLL_MS = 1_000;

/** First what lets clients in, then what writes, which must be gone before its volume is asked to go. */
const WRITERS: readonly InstanceKind[] = ["Service", "StatefulSet", "Pod"];
const MUST_GO_FIRST: readonly InstanceKind[] = ["StatefulSet", "Pod"];

/** All of an instance, as a listing by label and by name finds it. */
export function removeAll(
  client: KubernetesClient,
  ref: InstanceRef,
  waitMs: number,
  before?: BeforeRemoval,
): Promise<Removal> {
  const list = () => listObjects(client, ref);
  return removeListed(
    client,
    { namespace: ref.namespace, list, ...(before && { before }) },
    waitMs,
  );
}

export interface ToRemove {
  readonly namespace: string;
  readonly list: () => Promise<readonly Pick<Found, "kind" | "name" | "uid">[]>;
  readonly before?: BeforeRemoval;
}

/**
 * Removes what a listing finds, until a listing finds nothing or the time is up. Each deletion names the uid
 * that was seen, so that nothing newer of the same name is hit; what has gone already counts as done.
 */
export async function removeListed(
  client: KubernetesClient,
  { namespace, list, before = async () => undefined }: ToRemove,
  waitMs: number,
): Promise<Removal> {
  const deadline = performance.now() + waitMs;
  const seen = new Map<string, ObjectRef>();
  const asked = new Set<string>();
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, SLOWEST_POLL_MS)) {
    const present = (await list()).map(({ kind, name, uid }) => ({ kind, name, uid }));
    const unseen = present.filter(({ uid }) => !seen.has(uid));
    for (const object of unseen) seen.set(object.uid, object);
    const over = performance.now() >= deadline && asked.size > 0;
    if (present.length === 0 || over) return removal(seen, present);
    if (unseen.length > 0) await before(unseen);
    for (const object of nextToGo(present)) {
      if (asked.has(object.uid)) continue;
      await client.delete({ ...object, namespace }, object.uid);
      asked.add(object.uid);
      pause = FIRST_POLL_MS;
    }
    await sleep(pause);
  }
}

type Present = Pick<Found, "kind" | "name" | "uid">;

/** A load balancer takes its time to go, and nothing waits for it but the end. */
function nextToGo(present: readonly Present[]): readonly Present[] {
  const writing = present.some(({ kind }) => MUST_GO_FIRST.includes(kind));
  return writing ? present.filter(({ kind }) => WRITERS.includes(kind)) : present;
}

function removal(seen: ReadonlyMap<string, ObjectRef>, present: readonly Present[]): Removal {
  const left = new Set(present.map(({ uid }) => uid));
  return {
    removed: [...seen.values()].filter(({ uid }) => !left.has(uid)),
    remaining: [...present],
  };
}
