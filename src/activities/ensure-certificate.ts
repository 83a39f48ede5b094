import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import type { InstanceRef } from "../domain/names.ts";
import type { Services } from "../domain/services.ts";
import { activity } from "../durable/activity.ts";
import { coveredNames } from "./certificate-names.ts";
import { controlTarget } from "./control-target.ts";
import { fenceOf } from "./fence.ts";
import { brief } from "./retries.ts";
import { subject } from "../domain/subject.ts";

const RENEW_BEFORE_MS = 30 * 24 * 3_600_000;

type Needs = Pick<Services, "cluster" | "postgres" | "certificates" | "settings" | "clock"> & {
  readonly ledger: Pick<Services["ledger"], "assertWanted" | "findInstance" | "setAddress">;
};

/**
 * Two things lag behind the certificate that is wanted: the Secret, which is rewritten here, and the server, which
 * sees a changed Secret volume after tens of seconds and is told to reload until it serves what the Secret holds.
 */
export const ensureCertificate = activity({
  name: "toygres::activity::ensure-certificate",
  description:
    "Renews the server's certificate when it lacks something, and has the server load it",
  idempotent: true,
  input: z.object({
    ...subject,
    address: z.string(),
    externalIp: z.string().optional(),
    dnsLabel: z.string().optional(),
  }),
  output: z.object({
    /** The Secret's certificate was rewritten by this run. */
    renewed: z.boolean(),
    /** The server serves the Secret's certificate, which covers all that is known. */
    served: z.boolean(),
  }),
  retry: brief,

  async run(
    { address, externalIp, dnsLabel, ...ref },
    services: Needs,
    { orchestrationId, signal },
  ) {
    const { cluster, certificates, postgres, clock } = services;
    const fence = fenceOf(signal, () => assertLiving(ref, orchestrationId, services));
    await fence();
    const control = await cluster.readSecret("control", ref);
    const present = await cluster.readSecret("certificate", ref);
    if (!control || !present) {
      throw new DomainError(
        "secret-unreadable",
        `a certificate Secret of instance "${ref.instanceName}" is missing, so its certificate cannot be renewed`,
      );
    }
    const { clusterIp } = await cluster.endpoint(ref, "internal", 0);
    const wanted = coveredNames(ref, {
      externalIp,
      clusterIp,
      dnsLabel,
      region: await cluster.region(),
    });
    let { fingerprint, notAfter, dnsNames, addresses } = certificates.inspect(present.certificate);
    const renewed =
      notAfter.getTime() - clock.now().getTime() < RENEW_BEFORE_MS ||
      wanted.dnsNames.some((name) => !dnsNames.includes(name)) ||
      wanted.addresses.some((one) => !addresses.includes(one));
    if (renewed) {
      const issued = await certificates.issue(control, wanted);
      await cluster.replaceCertificate(ref, { ...issued, ca: control.caCertificate }, fence);
      ({ fingerprint, notAfter, dnsNames, addresses } = certificates.inspect(issued.certificate));
    }
    const target = await controlTarget(ref, address, services);
    const isServed = async (): Promise<boolean> =>
      (await postgres.test(target)).servedFingerprint === fingerprint;
    let served = await isServed();
    if (!served) {
      await postgres.reload(target);
      served = await isServed();
    }
    await services.ledger.setAddress(ref.instanceId, { certificateCoversAddress: served });
    return { renewed, served };
  },
});

async function assertLiving(
  ref: InstanceRef,
  orchestrationId: string,
  { ledger }: Needs,
): Promise<void> {
  const instance = await ledger.findInstance(ref.instanceId);
  if (instance?.state === "running") return;
  await ledger.assertWanted(ref.instanceId, orchestrationId);
}
