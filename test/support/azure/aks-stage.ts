import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster, type Cluster, type ClusterOptions } from "../../../local/cluster/server.ts";
import type { AksCluster } from "../../../src/kubernetes/aks/aks-cluster.ts";
import { createIdentity } from "../../../src/identity/identity.ts";
import { createCluster, type ConnectedCluster } from "../../../src/kubernetes/cluster.ts";
import { entraKubeconfig, SERVER_APPLICATION, startAzure, type AzureStandIn } from "./stand-in.ts";

export const REF = {
  instanceId: "0b1f6f0c-6f0e-4a5f-9b8e-0a1b2c3d4e5f",
  namespace: "toygres",
  instanceName: "x",
};

/** A call that reads several kinds at once. */
export const list = (cluster: ConnectedCluster) => cluster.list(REF);

export const placeOf = ({ url, ca = "" }: Cluster) => ({ server: url, ca });

/** AKS on loopback: Azure's endpoints, and an API server with TLS that takes the tokens that they gave out. */
export class AksStage {
  azure!: AzureStandIn;
  api!: Cluster;
  readonly #folders: string[] = [];
  readonly #closing: (() => Promise<void>)[] = [];

  /** For `beforeAll`, `afterAll`, `beforeEach` and `afterEach` of a test file. */
  static use(): AksStage {
    const stage = new AksStage();
    beforeAll(async () => {
      stage.azure = await startAzure(await stage.#folder());
    });
    beforeEach(async () => {
      stage.azure.reset();
      stage.api = await stage.startApi();
      stage.azure.kubeconfig = entraKubeconfig(placeOf(stage.api));
    });
    afterEach(async () => {
      for (const close of stage.#closing.splice(0).toReversed()) await close();
    });
    afterAll(async () => {
      await stage.azure.stop();
      for (const folder of stage.#folders) await rm(folder, { recursive: true, force: true });
    });
    return stage;
  }

  async #folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "toygres-test-aks-"));
    this.#folders.push(folder);
    return folder;
  }

  async startApi(options: Partial<ClusterOptions> = {}): Promise<Cluster> {
    const started = await startCluster({
      folder: await this.#folder(),
      tls: true,
      accepts: (token) => this.azure.accepts(SERVER_APPLICATION, token),
      ...options,
    });
    this.#closing.push(() => started.stop());
    return started;
  }

  connected(
    over: Partial<AksCluster> & { clientId?: string; clusterRegion?: string } = {},
  ): ConnectedCluster {
    const { clientId = this.azure.clientId, clusterRegion, ...aks } = over;
    const cluster = createCluster({
      serviceAccountFolder: "no-pod",
      identity: createIdentity({ clientId }),
      clusterRegion,
      aks: {
        subscriptionId: "11111111-2222-3333-4444-555555555555",
        resourceGroup: "rg",
        clusterName: "aks",
        resourceManagerUrl: this.azure.url,
        ...aks,
      },
    });
    this.#closing.push(() => cluster.close());
    return cluster;
  }

  /** How many tokens were given out for a resource. */
  tokens(of: string): number {
    return this.azure.issued.filter(({ resource }) => resource === of).length;
  }
}
