import type { InstanceSpec } from "../domain/instance.ts";
import type { ApiSettings } from "./dependencies.ts";
import type { InputError } from "./refusal.ts";

/** The spec with the configuration's defaults, and what the configuration has against it. */
export function requestedSpec(
  spec: InstanceSpec,
  settings: ApiSettings,
): { readonly spec: InstanceSpec; readonly errors: readonly InputError[] } {
  const allowedCidrs = [...new Set(spec.allowedCidrs ?? settings.defaultAllowedCidrs)];
  const errors: InputError[] = [];
  if (spec.useLoadBalancer && allowedCidrs.length === 0) {
    errors.push({
      pointer: "/allowedCidrs",
      code: spec.allowedCidrs === undefined ? "required" : "too-short",
      message:
        'must name at least one range for a load balancer; "0.0.0.0/0" opens it to the whole Internet',
    });
  }
  if (spec.dnsLabel !== undefined && !spec.useLoadBalancer) {
    errors.push({
      pointer: "/dnsLabel",
      code: "not-allowed",
      message: "needs a load balancer: leave it out, or set useLoadBalancer to true",
    });
  } else if (spec.dnsLabel !== undefined && !hasRegion(settings)) {
    errors.push({
      pointer: "/dnsLabel",
      code: "not-allowed",
      message: "is not possible here, because the cluster's Azure region is not known",
    });
  }
  if (!settings.namespaces.includes(spec.namespace)) {
    errors.push({
      pointer: "/namespace",
      code: "not-allowed",
      message: `must be one of ${settings.namespaces.join(", ")}`,
    });
  }
  return { spec: { ...spec, allowedCidrs }, errors };
}

function hasRegion({ clusterRegion, aks }: ApiSettings): boolean {
  return clusterRegion !== undefined || aks !== undefined;
}
