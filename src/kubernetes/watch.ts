import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesObject } from "@kubernetes/client-node";
import { type KubernetesClient, type Selection } from "./client.ts";
import { API_VERSIONS } from "./kinds.ts";

type Watched = "Pod" | "Service";

const PLURALS: Readonly<Record<Watched, string>> = { Pod: "pods", Service: "services" };

/** An answer that ends at once must not become a busy loop. */
const SHORTEST_MS = 100;

/**
 * Resolves with a change that `interesting` says so of; with nothing when the time is up or the cluster ends the
 * watch. Either way the caller looks again. Never rejects, because the look that follows meets the same trouble and names it.
 */
export async function nextChange<T extends KubernetesObject>(
  client: Pick<KubernetesClient, "config">,
  kind: Watched,
  namespace: string,
  selection: Selection,
  from: string,
  waitMs: number,
  interesting: (object: T | undefined) => boolean,
): Promise<T | undefined> {
  const { Watch } = await import("./client-library.ts");
  const began = performance.now();
  const { promise, resolve } = Promise.withResolvers<T | undefined>();
  const timer = setTimeout(() => resolve(undefined), waitMs);
  const watching = new Watch(client.config).watch(
    `/api/${API_VERSIONS[kind]}/namespaces/${encodeURIComponent(namespace)}/${PLURALS[kind]}`,
    {
      labelSelector: selection.labels,
      resourceVersion: from,
      timeoutSeconds: Math.ceil(waitMs / 1_000),
    },
    (type: string, object: T) => {
      if (type === "ERROR") resolve(undefined);
      else if (interesting(type === "DELETED" ? undefined : object)) resolve(object);
    },
    () => resolve(undefined),
  );
  // Not awaited: its own patience with a cluster that does not answer is longer than ours.
  watching.catch(() => resolve(undefined));
  const seen = await promise;
  clearTimeout(timer);
  void watching.then(
    (controller) => controller.abort(),
    () => undefined,
  );
  const rest = SHORTEST_MS - (performance.now() - began);
  if (seen === undefined && rest > 0) await sleep(Math.min(rest, waitMs));
  return seen;
}
