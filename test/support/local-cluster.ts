import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster, type Cluster, type Workers } from "../../local/cluster/server.ts";
import type { ObjectStore } from "../../local/cluster/store/store.ts";
import { createCluster } from "../../src/kubernetes/cluster.ts";
import type { Cluster as ClusterPort } from "../../src/domain/cluster.ts";

export interface LocalCluster {
  readonly server: Cluster;
  /** Ours, against it. */
  readonly cluster: ClusterPort;
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** A cluster in this process: with TLS and a token, as a real one has. */
export async function startLocalCluster(
  start?: (store: ObjectStore) => Promise<Workers>,
): Promise<LocalCluster> {
  const folder = await mkdtemp(join(tmpdir(), "toygres-test-cluster-"));
  const server = await startCluster({ folder, tls: true, token: "a-token-for-tests", start });
  const kubeconfig = server.kubeconfigPath;
  return {
    server,
    kubeconfig,
    cluster: createCluster({ kubeconfig, requestTimeoutMs: 5_000 }),
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
