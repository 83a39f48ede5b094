import type { AksFacts } from "../../kubernetes/aks/resource-manager.ts";
import { failed, ok, skipped, together, warning, type Check, type Outcome } from "../check.ts";

export const aks: Check = {
  name: "aks",
  about: "the AKS cluster is set up for sign-in with Entra",
  needs: ["sign-in"],
  async run({ clusterWay, config, aks: read }) {
    if (clusterWay !== "aks") return skipped("the cluster is not reached by the AKS_* settings");
    return judgeAks(await read(), config.clusterRegion);
  },
};

export type AksDescription = Omit<AksFacts, "kubeconfig" | "networkPolicy">;

/** Of what Azure says of the cluster; `wanted` is `CLUSTER_REGION`. */
export function judgeAks(facts: AksDescription, wanted: string | undefined): Outcome {
  return together([running(facts), region(facts, wanted), ...access(facts), reach(facts)]);
}

function running({ isStopped }: AksDescription): Outcome {
  return isStopped
    ? failed("the cluster is stopped", "Start it with `az aks start`.")
    : ok("the cluster runs");
}

function region({ region: actual }: AksDescription, wanted: string | undefined): Outcome {
  if (wanted === undefined || wanted === actual) return ok(`in ${actual}`);
  return warning(
    `in ${actual}, while CLUSTER_REGION says ${wanted}`,
    "Take `CLUSTER_REGION` away: AKS tells its region by itself, and that one counts.",
  );
}

function access({ hasEntra, hasAzureRbac, hasLocalAccounts }: AksDescription): Outcome[] {
  if (!hasEntra) {
    return [
      warning(
        "no sign-in with Entra: whoever may list its credentials signs in with a client certificate",
        "Give the cluster sign-in with Entra: `az aks update --enable-aad --enable-azure-rbac`.",
      ),
    ];
  }
  return [
    hasAzureRbac
      ? ok("sign-in with Entra, rights by Azure RBAC")
      : ok("sign-in with Entra, rights by Roles and RoleBindings of the cluster"),
    ...(hasLocalAccounts
      ? [
          warning(
            "local accounts are on: certificates that no policy of Entra reaches",
            "Turn them off: `az aks update --disable-local-accounts`.",
          ),
        ]
      : []),
  ];
}

function reach({ isPrivate, authorizedRanges }: AksDescription): Outcome {
  if (isPrivate) {
    return ok("the API server is private: reached from its virtual network and peered ones only");
  }
  if (authorizedRanges.length > 0) {
    return ok(
      `the API server takes connections from ${authorizedRanges.join(", ")} only: the app's outbound addresses must be among them`,
    );
  }
  return ok("the API server takes connections from everywhere");
}
