import type { ManagedCluster } from "@azure/arm-containerservice";
import type { Cluster, User } from "@kubernetes/client-node";
import { DomainError } from "../../domain/errors.ts";
import type { Identity } from "../../domain/identity.ts";
import { assertSafe } from "../safe-address.ts";
import { PUBLIC_CLOUD, type AksCluster } from "./aks-cluster.ts";
import { resourceManagerError } from "./arm-errors.ts";

/** What Azure says of the cluster, and the credentials that it gives to users. */
export interface AksFacts {
  readonly kubeconfig: { readonly cluster: Cluster; readonly user: User };
  readonly region: string;
  readonly isPrivate: boolean;
  readonly isStopped: boolean;
  /** CIDR ranges; empty: everybody may connect. */
  readonly authorizedRanges: readonly string[];
  /** `azure`, `calico`, `cilium` or `none`. */
  readonly networkPolicy: string;
  readonly hasEntra: boolean;
  readonly hasAzureRbac: boolean;
  readonly hasLocalAccounts: boolean;
}

/** Of each of the two calls; whoever asks tries again. */
const CALL_LIMIT_MS = 10_000;

/** Reads the cluster's resource and its users' kubeconfig: POST `listClusterUserCredential`, never the admin's. */
export async function readCluster(aks: AksCluster, identity: Identity): Promise<AksFacts> {
  const { ContainerServiceClient } = await import("@azure/arm-containerservice");
  const { origin } = new URL(aks.resourceManagerUrl ?? PUBLIC_CLOUD);
  const client = new ContainerServiceClient(identity.credential, aks.subscriptionId, {
    endpoint: origin,
    credentials: { scopes: [`${origin}/.default`] },
    // Its patience with a throttled call is as long as the answer's Retry-After; ours is the activity's.
    retryOptions: { maxRetries: 0 },
  });
  const { resourceGroup, clusterName } = aks;
  const within = () => ({ abortSignal: AbortSignal.timeout(CALL_LIMIT_MS) });
  try {
    const [resource, { kubeconfigs }] = await Promise.all([
      client.managedClusters.get(resourceGroup, clusterName, within()),
      client.managedClusters.listClusterUserCredentials(resourceGroup, clusterName, {
        ...within(),
        format: "exec",
      }),
    ]);
    return { ...factsOf(resource), kubeconfig: await userOf(kubeconfigs?.[0]?.value) };
  } catch (error) {
    throw resourceManagerError(error, aks);
  }
}

function factsOf(resource: ManagedCluster): Omit<AksFacts, "kubeconfig"> {
  const { apiServerAccessProfile: access, aadProfile, networkProfile } = resource;
  return {
    region: resource.location,
    isPrivate: access?.enablePrivateCluster === true,
    isStopped: resource.powerState?.code === "Stopped",
    authorizedRanges: access?.authorizedIPRanges ?? [],
    networkPolicy: networkProfile?.networkPolicy ?? "none",
    hasEntra: aadProfile !== undefined,
    hasAzureRbac: aadProfile?.enableAzureRbac === true,
    hasLocalAccounts: resource.disableLocalAccounts !== true,
  };
}

async function userOf(kubeconfig: Uint8Array | undefined): Promise<AksFacts["kubeconfig"]> {
  const { KubeConfig } = await import("../client-library.ts");
  const config = new KubeConfig();
  try {
    config.loadFromString(Buffer.from(kubeconfig ?? []).toString("utf8"));
  } catch {
    // The parser's own message quotes the file, and the file can hold credentials.
  }
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (cluster !== null && user !== null) {
    assertSafe(cluster.server, "the cluster");
    return { cluster, user };
  }
  throw new DomainError(
    "cluster-refused",
    "Azure gave a kubeconfig of the cluster that names no cluster and user",
    { details: { action: "Try again; if it goes on, look at `az aks get-credentials`." } },
  );
}
