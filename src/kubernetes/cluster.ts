import type { Cluster } from "../domain/cluster.ts";
import type { ClusterInspection } from "../domain/inspection.ts";
import { applyAll } from "./apply.ts";
import { createClient, type KubernetesClient } from "./client.ts";
import { connect, type ClusterAccess } from "./connect.ts";
import { compareInstance, leftoversOf } from "./drift.ts";
import { listObjects } from "./list.ts";
import { serviceManifests, workloadManifests, type ManifestOptions } from "./manifests.ts";
import { endpoint, readiness } from "./observe.ts";
import { labelledObjects, removeLabelled } from "./orphans.ts";
import { removeAll } from "./remove.ts";
import { createSecrets } from "./secrets.ts";

export interface ClusterConfig extends ClusterAccess, ManifestOptions {
  /** Of a single request; 10 s unless told. */
  readonly requestTimeoutMs?: number | undefined;
  /** For clusters that do not say it themselves. */
  readonly clusterRegion?: string | undefined;
}

const REQUEST_TIMEOUT_MS = 10_000;

export interface ConnectedCluster extends Cluster, ClusterInspection {
  /** Of idle connections only; a later call opens new ones. */
  close(): Promise<void>;
}

/** The cluster that the configuration names. Connected at the first call, once; a failed try is not remembered. */
export function createCluster(config: ClusterConfig): ConnectedCluster {
  let opened: KubernetesClient | undefined;
  const client = lazily(async () => (opened = await clientFor(config)));
  const secrets = lazily(async () => createSecrets(await client()));
  return {
    async apply(part, plan, fence) {
      const manifests =
        part === "services" ? serviceManifests(plan) : workloadManifests(plan, config);
      return applyAll(await client(), plan, manifests, fence);
    },
    ensureSecret: async (kind, ref, make, fence) =>
      (await secrets()).ensureSecret(kind, ref, make, fence),
    readSecret: async (kind, ref) => (await secrets()).readSecret(kind, ref),
    replaceCertificate: async (ref, contents, fence) =>
      (await secrets()).replaceCertificate(ref, contents, fence),
    readiness: async (ref, waitMs) => readiness(await client(), ref, waitMs),
    endpoint: async (ref, wanted, waitMs) => endpoint(await client(), ref, wanted, waitMs),
    async list(ref) {
      const found = await listObjects(await client(), ref);
      return found.map(({ kind, name, uid, foundBy }) => ({ kind, name, uid, foundBy }));
    },
    remove: async (ref, waitMs, before) => removeAll(await client(), ref, waitMs, before),
    async *labelled(namespace) {
      yield* labelledObjects(await client(), namespace);
    },
    removeLabelled: async (target, waitMs) => removeLabelled(await client(), target, waitMs),
    compare: async (plan) => compareInstance(await client(), plan, config),
    leftovers: async (ref) => leftoversOf(await client(), ref),
    region: async () => (await (await client()).region()) ?? config.clusterRegion,
    forward: async (pod, port) => (await client()).forward(pod, port),
    ping: async () => (await client()).ping(),
    close: async () => opened?.close(),
  };
}

export async function clientFor(config: ClusterConfig): Promise<KubernetesClient> {
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = config;
  return createClient(await connect(config), { requestTimeoutMs });
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
