import type { Config } from "../../config.ts";
import { ok, together, warning, type Check, type Outcome } from "../check.ts";
import type { Deps } from "../deps.ts";

export const configuration: Check = {
  name: "configuration",
  about: "the settings are complete and make sense together",
  run: async ({ config, clusterWay }) => judgeConfiguration(config, clusterWay),
};

export function judgeConfiguration(config: Config, way: Deps["clusterWay"]): Outcome {
  return together([
    ok(
      `cluster by ${clusterText(config, way)}, metadata by ${databaseText(config)}, INSTANCE_ACCESS=${config.instanceAccess}`,
    ),
    ...(way === "aks" || config.clusterRegion !== undefined
      ? []
      : [ok("CLUSTER_REGION is not set, so a create with a DNS label is refused")]),
    ...cidrWarnings(config),
  ]);
}

function clusterText({ aks }: Config, way: Deps["clusterWay"]): string {
  switch (way) {
    case "kubeconfig":
      return "TOYGRES_KUBECONFIG";
    case "service-account":
      return "the pod's service account";
    case "aks":
      return `AKS_CLUSTER_NAME=${aks?.clusterName ?? ""}`;
    case undefined:
      return "nothing";
  }
}

function databaseText({ database }: Config): string {
  return "url" in database
    ? "DATABASE_URL"
    : `DATABASE_HOST=${database.host} with a token for role "${database.user}"`;
}

const EVERYBODY = new Set(["0.0.0.0/0", "::/0"]);

function cidrWarnings({
  defaultAllowedCidrs,
  controlPlaneCidrs,
  instanceAccess,
}: Config): Outcome[] {
  const warnings: Outcome[] = [];
  if (defaultAllowedCidrs.length === 0) {
    warnings.push(
      warning(
        "DEFAULT_ALLOWED_CIDRS is empty: a create with a load balancer is refused unless it names who may connect",
        "Set `DEFAULT_ALLOWED_CIDRS` to the ranges that your users come from.",
      ),
    );
  }
  if (defaultAllowedCidrs.some((cidr) => EVERYBODY.has(cidr))) {
    warnings.push(
      warning(
        "DEFAULT_ALLOWED_CIDRS lets the whole Internet connect to each instance that names nobody",
        "Narrow `DEFAULT_ALLOWED_CIDRS` to the ranges that your users come from.",
      ),
    );
  }
  if (controlPlaneCidrs.length === 0 && instanceAccess === "direct") {
    warnings.push(
      warning(
        "CONTROL_PLANE_CIDRS is empty: the app cannot test an instance with a load balancer unless its allowedCidrs happen to let it in",
        "Set `CONTROL_PLANE_CIDRS` to the app's outbound addresses.",
      ),
    );
  }
  return warnings;
}
