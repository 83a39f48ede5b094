import { DomainError, type ErrorCode } from "../../domain/errors.ts";
import type { AksCluster } from "./aks-cluster.ts";

interface Refusal {
  readonly as: ErrorCode;
  readonly reason: string;
  readonly action: string;
}

const ROLE = "Azure Kubernetes Service Cluster User Role";
const AGAIN = "Wait, as it is tried again; if it goes on, look at the health of Azure's region.";

/** Whatever the resource manager's SDK rejected with, as ours; its texts quote ids of tenants and principals and stay out. */
export function resourceManagerError(error: unknown, aks: AksCluster): unknown {
  if (error instanceof DomainError || !(error instanceof Error)) return error;
  const status = Number(Reflect.get(error, "statusCode"));
  const refusal = Number.isNaN(status)
    ? silence(error)
    : answered(status, String(Reflect.get(error, "code")), error, aks);
  if (refusal === undefined) return error;
  const { as, reason, action } = refusal;
  const message = `cannot get the credentials of AKS cluster "${aks.clusterName}": ${reason}`;
  return new DomainError(as, message, { details: { action } });
}

function answered(
  status: number,
  code: string,
  error: Error,
  { clusterName, resourceGroup, subscriptionId }: AksCluster,
): Refusal | undefined {
  if (status >= 500) return unavailable(`Azure's resource manager answers with ${status}`, AGAIN);
  switch (status) {
    case 400:
      return badRequest(error.message);
    case 401:
      return refused(
        "Azure's resource manager does not accept the app's identity",
        "Check that the identity and `AKS_SUBSCRIPTION_ID` belong to one tenant, and that the machine's clock is right.",
      );
    case 403:
      return refused(
        `the app's identity may not read it`,
        `Give the identity the role \`${ROLE}\` on the cluster; it takes up to 10 minutes to count.`,
      );
    case 404:
      return refused(notFound(code, { clusterName, resourceGroup, subscriptionId }), SETTINGS);
    case 409:
      return unavailable("another operation runs on the cluster", AGAIN);
    case 429:
      return unavailable(
        `Azure's resource manager has too much to do${retryAfter(error)}`,
        "Wait, as it is tried again; if it goes on, look who in the subscription calls the resource manager so often.",
      );
    case 408:
      return unavailable("Azure's resource manager does not answer in time", AGAIN);
    default:
      return refused(`Azure's resource manager answers with ${status}`, SETTINGS);
  }
}

const SETTINGS =
  "Correct `AKS_SUBSCRIPTION_ID`, `AKS_RESOURCE_GROUP` or `AKS_CLUSTER_NAME`; `az aks list --output table` shows what there is.";

function notFound(
  code: string,
  names: Pick<AksCluster, "clusterName" | "resourceGroup" | "subscriptionId">,
): string {
  if (code === "SubscriptionNotFound" || code === "InvalidSubscriptionId")
    return "the subscription of AKS_SUBSCRIPTION_ID does not exist, or the identity sees nothing of it";
  if (code === "ResourceGroupNotFound")
    return `resource group "${names.resourceGroup}" does not exist in the subscription`;
  return `there is none of this name in resource group "${names.resourceGroup}"`;
}

/** Clusters without Entra have nothing but local accounts to give. */
function badRequest(words: string): Refusal {
  if (/disable(d)? local accounts|static credential/i.test(words)) {
    return refused(
      "its local accounts are disabled and it has no sign-in with Entra, so nobody can sign in",
      "Give the cluster sign-in with Entra: `az aks update --enable-aad --enable-azure-rbac`.",
    );
  }
  return refused("Azure's resource manager refuses the request (400)", SETTINGS);
}

function silence(error: Error): Refusal | undefined {
  const code: unknown = Reflect.get(error, "code");
  if (error.name === "AbortError" || error.name === "TimeoutError")
    return unavailable("Azure's resource manager does not answer in time", AGAIN);
  if (typeof code !== "string") return undefined;
  return unavailable(
    `Azure's resource manager cannot be reached (${code})`,
    "Let the function app reach `AZURE_RESOURCE_MANAGER_URL` over https: look at its outbound network rules and DNS.",
  );
}

function retryAfter(error: Error): string {
  const headers: unknown = Reflect.get(Object(Reflect.get(error, "response")), "headers");
  const get: unknown = Reflect.get(Object(headers), "get");
  const seconds = typeof get === "function" ? Number(get.call(headers, "retry-after")) : NaN;
  return seconds > 0 ? `, and wants to be left alone for ${seconds} s` : "";
}

const refused = (reason: string, action: string): Refusal => ({
  as: "cluster-refused",
  reason,
  action,
});
const unavailable = (reason: string, action: string): Refusal => ({
  as: "cluster-unavailable",
  reason,
  action,
});
