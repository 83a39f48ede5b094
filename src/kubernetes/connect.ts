import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { DomainError } from "../domain/errors.ts";
import type { Identity } from "../domain/identity.ts";
import { aksSession } from "./aks/session.ts";
import type { AksCluster } from "./aks/aks-cluster.ts";
import { assertSafe } from "./safe-address.ts";
import { fixedSession, type Session } from "./session.ts";

/** Which cluster, and as whom. */
export interface ClusterAccess {
  /** A kubeconfig file, from `TOYGRES_KUBECONFIG`; the common `KUBECONFIG` is never looked at. */
  readonly kubeconfig?: string | undefined;
  /** Where a pod finds its service account. */
  readonly serviceAccountFolder?: string | undefined;
  /** From `AKS_SUBSCRIPTION_ID`, `AKS_RESOURCE_GROUP` and `AKS_CLUSTER_NAME`. */
  readonly aks?: AksCluster | undefined;
  /** Who signs in to AKS. */
  readonly identity?: Identity | undefined;
}

const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

const refuse = (message: string): DomainError =>
  new DomainError("cluster-unavailable", message, { retryable: false });

/** By a fixed order: the explicit kubeconfig, the pod's service account, AKS. Nothing is guessed. */
export function wayTo(
  access: Pick<ClusterAccess, "kubeconfig" | "serviceAccountFolder" | "aks">,
): "kubeconfig" | "service-account" | "aks" | undefined {
  if (access.kubeconfig !== undefined) return "kubeconfig";
  const folder = access.serviceAccountFolder ?? SERVICE_ACCOUNT_FOLDER;
  if (existsSync(`${folder}/token`)) return "service-account";
  return access.aks === undefined ? undefined : "aks";
}

/** With the credentials that {@link wayTo} names; rejects with `cluster-unavailable` when there are none. */
export async function connect(access: ClusterAccess): Promise<Session> {
  const { kubeconfig, aks, identity } = access;
  const way = wayTo(access);
  if (kubeconfig !== undefined) return configured((config) => loadFile(config, kubeconfig));
  if (way === "service-account") return configured((config) => config.loadFromCluster());
  if (aks !== undefined && identity !== undefined) return aksSession(aks, identity);
  throw refuse(
    "no cluster is configured: give a kubeconfig file in TOYGRES_KUBECONFIG, run in a pod with a service account, " +
      "or name an AKS cluster with AKS_SUBSCRIPTION_ID, AKS_RESOURCE_GROUP and AKS_CLUSTER_NAME",
  );
}

async function configured(load: (config: KubeConfig) => void | Promise<void>): Promise<Session> {
  const { KubeConfig } = await import("./client-library.ts");
  const config = new KubeConfig();
  await load(config);
  const cluster = config.getCurrentCluster();
  if (cluster === null || config.getCurrentUser() === null) {
    throw refuse(
      "the kubeconfig names no current context with a cluster and a user: set its current-context",
    );
  }
  assertSafe(cluster.server, "the cluster");
  return fixedSession(config);
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
