import { z } from "zod";
import { inClusterName } from "../domain/names.ts";
import type { Services } from "../domain/services.ts";
import { activity } from "../durable/activity.ts";
import { azureDnsName } from "./certificate-names.ts";
import { patient } from "./retries.ts";
import { subject } from "../domain/subject.ts";

/** As the user `app`, without a password: `sslmode=verify-full` needs the instance's CA beside it. */
export function connectionString(host: string): string {
  const bracketed = host.includes(":") ? `[${host}]` : host;
  return `postgresql://app@${bracketed}:5432/app?sslmode=verify-full`;
}

export const getConnectionStrings = activity({
  name: "toygres::activity::get-connection-strings",
  description:
    "Reads the address that users connect to, watching for it for one slice of at most 20 s",
  idempotent: true,
  input: z.object({
    ...subject,
    useLoadBalancer: z.boolean(),
    dnsLabel: z.string().optional(),
    sliceSeconds: z.number().min(0).max(20).default(20),
  }),
  output: z.object({
    /** Absent while the load balancer has no address. */
    ipConnectionString: z.string().optional(),
    dnsConnectionString: z.string().optional(),
    externalIp: z.string().optional(),
    dnsName: z.string().optional(),
    /** Where the control plane itself connects. */
    address: z.string().optional(),
    waitingFor: z.string().optional(),
    action: z.string().optional(),
  }),
  retry: patient,

  async run(
    { useLoadBalancer, dnsLabel, sliceSeconds, ...ref },
    { cluster, ledger }: Pick<Services, "cluster" | "ledger">,
    { orchestrationId },
  ) {
    await ledger.assertWanted(ref.instanceId, orchestrationId);
    const wanted = useLoadBalancer ? "external" : "internal";
    const endpoint = await cluster.endpoint(ref, wanted, sliceSeconds * 1_000);
    const address = useLoadBalancer ? endpoint.externalIp : endpoint.clusterIp;
    if (address === undefined) {
      const { waitingFor = "the Service has no address yet", action } = endpoint;
      return { waitingFor, ...(action && { action }) };
    }
    if (!useLoadBalancer)
      return { ipConnectionString: connectionString(inClusterName(ref)), address };
    const dnsName = azureDnsName({ dnsLabel, region: await cluster.region() });
    return {
      ipConnectionString: connectionString(address),
      externalIp: address,
      address,
      ...(dnsName && { dnsName, dnsConnectionString: connectionString(dnsName) }),
    };
  },
});
