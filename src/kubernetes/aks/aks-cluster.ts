/** The cluster's resource in Azure. */
export interface AksCluster {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly clusterName: string;
  /** Absent: that of the public cloud. */
  readonly resourceManagerUrl?: string | undefined;
}

export const PUBLIC_CLOUD = "https://management.azure.com";
