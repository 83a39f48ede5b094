import { inClusterName, objectNames, type InstanceRef } from "../domain/names.ts";

export interface KnownAddresses {
  readonly externalIp?: string | undefined;
  readonly clusterIp?: string | undefined;
  readonly dnsLabel?: string | undefined;
  readonly region?: string | undefined;
}

/** `<label>.<region>.cloudapp.azure.com`, the name Azure gives a public address with that label. */
export function azureDnsName({ dnsLabel, region }: KnownAddresses): string | undefined {
  return dnsLabel && region ? `${dnsLabel}.${region}.cloudapp.azure.com` : undefined;
}

/** What an instance's certificate is to cover, given the addresses that are known. */
export function coveredNames(
  ref: InstanceRef,
  known: KnownAddresses,
): { dnsNames: string[]; addresses: string[] } {
  const { service } = objectNames(ref);
  const full = inClusterName(ref);
  const dnsName = azureDnsName(known);
  return {
    dnsNames: [
      full,
      `${full}.cluster.local`,
      `${service}.${ref.namespace}`,
      service,
      ...(dnsName ? [dnsName] : []),
    ],
    addresses: [known.externalIp, known.clusterIp].filter((address) => address !== undefined),
  };
}
