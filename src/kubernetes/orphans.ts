import type { KubernetesObject } from "@kubernetes/client-node";
import type { Removal } from "../domain/cluster.ts";
import type { LabelledObject } from "../domain/inspection.ts";
import type { InstanceRef } from "../domain/names.ts";
import type { KubernetesClient } from "./client.ts";
import { INSTANCE_ID, isClaimed, selectorText } from "./labels.ts";
import { INSTANCE_KINDS } from "./list.ts";
import { removeListed } from "./remove.ts";

const PAGE = 500;

/** Kind by kind, page by page: however many there are, few are held at a time. */
export async function* labelledObjects(
  client: Pick<KubernetesClient, "list">,
  namespace: string,
): AsyncGenerator<readonly LabelledObject[], void> {
  for (const kind of INSTANCE_KINDS) {
    let next: string | undefined;
    do {
      const from = next === undefined ? {} : { from: next };
      const page = await client.list(kind, namespace, {
        labels: INSTANCE_ID,
        limit: PAGE,
        ...from,
      });
      yield page.items.map((item) => labelled(kind, item));
      next = page.next;
    } while (next !== undefined);
  }
}

function labelled<K extends string>(kind: K, { metadata }: KubernetesObject) {
  return {
    kind,
    name: metadata?.name ?? "",
    uid: metadata?.uid ?? "",
    instanceId: metadata?.labels?.[INSTANCE_ID] ?? "",
    claimed: isClaimed(metadata?.labels),
    // The client library makes dates of times.
    createdAt: new Date(metadata?.creationTimestamp ?? 0).toISOString(),
    leaving: metadata?.deletionTimestamp !== undefined,
  };
}

/** Only what was seen before and is still labelled so: what has come since, or was claimed, is another's. */
export function removeLabelled(
  client: KubernetesClient,
  {
    instanceId,
    namespace,
    uids,
  }: Pick<InstanceRef, "instanceId" | "namespace"> & { readonly uids: ReadonlySet<string> },
  waitMs: number,
): Promise<Removal> {
  const labels = selectorText({ instanceId });
  const list = async () => {
    const byKind = await Promise.all(
      INSTANCE_KINDS.map(async (kind) => {
        const { items } = await client.list(kind, namespace, { labels });
        return items.map((item) => labelled(kind, item));
      }),
    );
    return byKind.flat().filter(({ uid, claimed }) => uids.has(uid) && !claimed);
  };
  return removeListed(client, { namespace, list }, waitMs);
}
