import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { DomainError } from "../domain/errors.ts";

/** Which cluster, and as whom. */
export interface ClusterAccess {
  /** A kubeconfig file, from `TOYGRES_KUBECONFIG`; the common `KUBECONFIG` is never looked at. */
  readonly kubeconfig?: string | undefined;
  /** Where a pod finds its service account. */
  readonly serviceAccountFolder?: string | undefined;
}

const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

const refuse = (message: string): DomainError =>
  new DomainError("cluster-unavailable", message, { retryable: false });

/** Credentials by a fixed order: the explicit kubeconfig, then the pod's service account. Nothing is guessed. */
export async function connect(access: ClusterAccess): Promise<KubeConfig> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  const folder = access.serviceAccountFolder ?? SERVICE_ACCOUNT_FOLDER;
  if (access.kubeconfig !== undefined) await loadFile(config, access.kubeconfig);
  else if (existsSync(`${folder}/token`)) config.loadFromCluster();
  else {
    throw refuse(
      "no cluster is configured: give a kubeconfig file in TOYGRES_KUBECONFIG, or run in a pod with a " +
        "service account; signing in to AKS comes with a later release",
    );
  }
  return checked(config);
}

async function loadFile(config: KubeConfig, path: string): Promise<void> {
  try {
    await readFile(path);
  } catch {
    throw refuse(`the kubeconfig of TOYGRES_KUBECONFIG cannot be read: does it exist?`);
  }
  try {
    config.loadFromFile(path);
  } catch {
    // The parser's own message quotes the file, and the file holds credentials.
    throw refuse(`the kubeconfig of TOYGRES_KUBECONFIG is not valid`);
  }
}

function checked(config: KubeConfig): KubeConfig {
  const cluster = config.getCurrentCluster();
  if (cluster === null || config.getCurrentUser() === null) {
    throw refuse(
      "the kubeconfig names no current context with a cluster and a user: set its current-context",
    );
  }
  const server = URL.canParse(cluster.server) ? new URL(cluster.server) : undefined;
  if (server === undefined) throw refuse(`the cluster's address "${cluster.server}" is no URL`);
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(server.hostname);
  if (server.protocol !== "https:" && !(server.protocol === "http:" && loopback)) {
    throw refuse(
      `the cluster's address "${cluster.server}" is not https: credentials are sent in the clear to loopback only`,
    );
  }
  return config;
}
