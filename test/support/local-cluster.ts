import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noVolumeFolders } from "../../local/cluster/controllers/claims.ts";
import { systemClock } from "../../local/cluster/controllers/clock.ts";
import { startControllers } from "../../local/cluster/controllers/start.ts";
import type { FaultBoard } from "../../local/cluster/faults/board.ts";
import { nodeFaults } from "../../local/cluster/faults/node-faults.ts";
import { simulatedRuntime, type Behaviour } from "../../local/cluster/kubelet/simulated-runtime.ts";
import { runKubelet } from "../../local/cluster/kubelet/start.ts";
import { startCluster, type Cluster, type Workers } from "../../local/cluster/server.ts";
import type { ObjectStore } from "../../local/cluster/store/store.ts";
import { createCluster, type ConnectedCluster } from "../../src/kubernetes/cluster.ts";

export interface LocalCluster {
  readonly server: Cluster;
  /** Ours, against it. */
  readonly cluster: ConnectedCluster;
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** A cluster in this process, with TLS and a token as a real one has; its pods are simulated. */
export async function startLocalCluster(
  behaviourOf?: (podName: string) => Behaviour,
): Promise<LocalCluster> {
  const folder = await mkdtemp(join(tmpdir(), "toygres-test-cluster-"));
  const server = await startCluster({
    folder,
    tls: true,
    token: "a-token-for-tests",
    start: (store, board) => startWorkers(store, board, behaviourOf),
  });
  const kubeconfig = server.kubeconfigPath;
  const cluster = createCluster({ kubeconfig, requestTimeoutMs: 5_000 });
  return {
    server,
    kubeconfig,
    cluster,
    async stop() {
      await cluster.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startWorkers(
  store: ObjectStore,
  board: FaultBoard,
  behaviourOf?: (podName: string) => Behaviour,
): Promise<Workers> {
  const addressBlock = 77;
  const faults = nodeFaults(board, systemClock);
  const controllers = await startControllers({
    store,
    clock: systemClock,
    volumes: noVolumeFolders,
    addressBlock,
    loadBalancerDelayMs: 50,
    network: false,
    faults,
  });
  const kubelet = await runKubelet({
    store,
    clock: systemClock,
    runtime: simulatedRuntime(systemClock, behaviourOf),
    addresses: { block: addressBlock, isFree: async () => true },
    backOffMs: 100,
    volumeDelayMs: 10,
    faults,
  });
  return {
    async stop() {
      await kubelet.stop();
      await controllers.stop();
    },
  };
}
