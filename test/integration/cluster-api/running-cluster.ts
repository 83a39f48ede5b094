import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiException, AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { startCluster, type Cluster, type ClusterOptions } from "../../../local/cluster/server.ts";

/** A folder under the system's temporary one, and the way to remove it. */
export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "toygres-cluster-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface Clients {
  kubeConfig: KubeConfig;
  core: CoreV1Api;
  apps: AppsV1Api;
}

export function clientsOf(kubeconfigPath: string): Clients {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(kubeconfigPath);
  return {
    kubeConfig,
    core: kubeConfig.makeApiClient(CoreV1Api),
    apps: kubeConfig.makeApiClient(AppsV1Api),
  };
}

/** A cluster in a folder of its own, with the real client. */
export async function clusterWithClients(
  options: ClusterOptions = {},
): Promise<Cluster & Clients & { remove: () => Promise<void> }> {
  const { folder, remove } = temporaryFolder();
  const cluster = await startCluster({ folder, ...options });
  const clients = clientsOf(cluster.kubeconfigPath);
  return {
    ...cluster,
    ...clients,
    remove: async () => {
      await cluster.stop();
      remove();
    },
  };
}

type Plain<T> = T extends Date
  ? T
  : T extends (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [K in keyof T]: Plain<T[K]> }
      : T;

/** The client's types are classes that it never makes instances of; this gives it a literal. */
export const plain = <T>(literal: Plain<T>): T => literal as T;

export interface Refusal {
  code: number;
  reason: string;
  message: string;
  details?: {
    name?: string;
    kind?: string;
    group?: string;
    uid?: string;
    causes?: { reason: string; message: string; field?: string }[];
  };
}

/** What the API refused a call with; fails when it was not refused. */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ApiException && typeof error.body === "string")
      return JSON.parse(error.body) as Refusal;
    throw error;
  }
  throw new Error("The call was not refused.");
}
