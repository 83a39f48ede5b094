import type { AksFacts } from "./resource-manager.ts";

/** Why the API server does not answer, as far as Azure's own description of the cluster tells; the likeliest first. */
export function silenceAction({
  isStopped,
  isPrivate,
  authorizedRanges,
}: Pick<AksFacts, "isStopped" | "isPrivate" | "authorizedRanges">): string | undefined {
  if (isStopped) return "The cluster is stopped: start it with `az aks start`.";
  if (isPrivate) {
    return "The cluster's API server is private: integrate the function app with the cluster's virtual network, or a peered one, and link its private DNS zone to it.";
  }
  if (authorizedRanges.length > 0) {
    return `The cluster's API server takes connections from ${authorizedRanges.length} authorized IP ranges only: add the function app's outbound addresses to them.`;
  }
  return undefined;
}
