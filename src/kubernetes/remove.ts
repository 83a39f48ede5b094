import { setTimeout as sleep } from "node:timers/promises";
import type { ObjectRef, Removal } from "../domain/cluster.ts";
import type { InstanceRef } from "../domain/names.ts";
import type { KubernetesClient } from "./client.ts";
import { listObjects, type Found, type InstanceKind } from "./list.ts";

const FIRST_POLL_MS = 50;
const SLOWEST_POLL_MS = 1_000;

/** First what lets clients in, then what writes, which must be gone before its volume is asked to go. */
const WRITERS: readonly InstanceKind[] = ["Service", "StatefulSet", "Pod"];
const MUST_GO_FIRST: readonly InstanceKind[] = ["StatefulSet", "Pod"];

/**
 * Removes what a listing finds, until a listing finds nothing or the time is up. Each deletion names the uid
 * that was seen, so that nothing newer of the same name is hit; what has gone already counts as done.
 */
export async function removeAll(
  client: KubernetesClient,
  ref: InstanceRef,
  waitMs: number,
): Promise<Removal> {
  const deadline = performance.now() + waitMs;
  const seen = new Map<string, ObjectRef>();
  const asked = new Set<string>();
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, SLOWEST_POLL_MS)) {
    const present = await listObjects(client, ref);
    for (const { kind, name, uid } of present) seen.set(uid, { kind, name, uid });
    const over = performance.now() >= deadline && asked.size > 0;
    if (present.length === 0 || over) return removal(seen, present);
    for (const object of nextToGo(present)) {
      if (asked.has(object.uid)) continue;
      await client.delete({ ...object, namespace: ref.namespace }, object.uid);
      asked.add(object.uid);
      pause = FIRST_POLL_MS;
    }
    await sleep(pause);
  }
}

/** A load balancer takes its time to go, and nothing waits for it but the end. */
function nextToGo(present: readonly Found[]): readonly Found[] {
  const writing = present.some(({ kind }) => MUST_GO_FIRST.includes(kind));
  return writing ? present.filter(({ kind }) => WRITERS.includes(kind)) : present;
}

function removal(seen: ReadonlyMap<string, ObjectRef>, present: readonly Found[]): Removal {
  const remaining = present.map(({ kind, name, uid }) => ({ kind, name, uid }));
  const left = new Set(remaining.map(({ uid }) => uid));
  return { removed: [...seen.values()].filter(({ uid }) => !left.has(uid)), remaining };
}
