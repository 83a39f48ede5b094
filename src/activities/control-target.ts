import { DomainError } from "../domain/errors.ts";
import { inClusterName, type InstanceRef } from "../domain/names.ts";
import type { ControlTarget } from "../domain/postgres.ts";
import type { Services } from "../domain/services.ts";

/** How the control role reaches an instance at `address`; the password is read from the cluster each time and kept nowhere. */
export async function controlTarget(
  ref: InstanceRef,
  address: string,
  { cluster }: Pick<Services, "cluster">,
): Promise<ControlTarget> {
  const control = await cluster.readSecret("control", ref);
  if (!control) {
    throw new DomainError(
      "secret-unreadable",
      `the control Secret of instance "${ref.instanceName}" is missing, so the control plane cannot sign in to it`,
    );
  }
  return {
    address,
    port: 5432,
    serverName: inClusterName(ref),
    caCertificate: control.caCertificate,
    controlPassword: control.controlPassword,
  };
}
