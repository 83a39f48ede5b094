import { randomUUID } from "node:crypto";
import type { Fence, InstancePlan, SecretContents, SecretKind } from "../../src/domain/cluster.ts";

/** What a cluster is to run for an instance of its own; given fields replace the usual ones. */
export function newPlan(given: Partial<InstancePlan> = {}): InstancePlan {
  return {
    instanceId: randomUUID(),
    namespace: "toygres",
    instanceName: "orders",
    postgresVersion: "18",
    storageSizeGb: 1,
    useLoadBalancer: true,
    allowedCidrs: ["127.0.0.0/8"],
    ...given,
  };
}

/** A fence that lets everything pass. */
export const open: Fence = async () => undefined;

/** Contents that are no real keys, each with `mark` in them. */
export function contents(mark: string): { readonly [K in SecretKind]: SecretContents[K] } {
  return {
    bootstrap: { initSql: `SELECT '${mark}';`, postgresPassword: `superuser ${mark}` },
    certificate: { certificate: `crt ${mark}`, key: `key ${mark}`, ca: `ca ${mark}` },
    control: { caCertificate: `ca ${mark}`, caKey: `key ${mark}`, controlPassword: `pw ${mark}` },
  };
}
