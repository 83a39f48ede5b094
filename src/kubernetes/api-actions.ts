import { refusedAction } from "./actions.ts";

const AGAIN = "Wait, as it is tried again; if it goes on,";

/** Who may not do what, as the API server words it; with Azure RBAC a sentence about role assignments follows. */
const FORBIDDEN =
  /cannot (\w+) resource "([^"]+)"(?: in API group "[^"]*")?(?: in the namespace "([^"]+)")?/;

function forbidden(words: string): string {
  const [, verb, resource, namespace] = FORBIDDEN.exec(words) ?? [];
  const what = verb === undefined || resource === undefined ? "do this" : `${verb} ${resource}`;
  const where = namespace === undefined ? "" : ` in namespace "${namespace}"`;
  return `Allow the control plane's identity to ${what}${where}, with a Role and a RoleBinding, or on AKS with the role \`Azure Kubernetes Service RBAC Writer\`.`;
}

/** What to do about an answer of the API that is no success; undefined where that depends on more than the answer. */
export function answerAction(code: number, words: string): string | undefined {
  const refused = refusedAction(words);
  if (refused !== undefined) return refused;
  if (code >= 500)
    return `${AGAIN} look at the API server: \`kubectl get --raw '/readyz?verbose'\`.`;
  switch (code) {
    case 401:
      return "Give the control plane credentials that the cluster takes: `TOYGRES_KUBECONFIG`, or the service account of its pod.";
    case 403:
      return forbidden(words);
    case 409:
      return `${AGAIN} find out who else changes the object: its \`managedFields\` name them.`;
    case 429:
      return `${AGAIN} spare the cluster's API, or on AKS move it to the Standard tier.`;
    default:
      return undefined;
  }
}

export const NO_NAMESPACE = "Run `npm run setup:cluster`, which makes the namespace.";

export const NAMESPACE_GOES =
  "Wait until the namespace is gone, then make it anew with `npm run setup:cluster`.";

export const NO_ANSWER = `${AGAIN} check that the cluster runs and lets the control plane reach its API server, on AKS also its authorized IP ranges.`;
