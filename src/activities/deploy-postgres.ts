import { z } from "zod";
import { initSql } from "../domain/bootstrap-sql.ts";
import type { InstancePlan } from "../domain/cluster.ts";
import { DomainError } from "../domain/errors.ts";
import { PostgresVersion } from "../domain/instance.ts";
import { planOf } from "../domain/plan.ts";
import type { Services } from "../domain/services.ts";
import { activity } from "../durable/activity.ts";
import { coveredNames } from "./certificate-names.ts";
import { fenceOf } from "./fence.ts";
import { patient } from "./retries.ts";
import { subject } from "../domain/subject.ts";

type Needs = Pick<Services, "settings" | "cluster" | "certificates" | "passwords"> & {
  readonly ledger: Pick<
    Services["ledger"],
    "assertWanted" | "passwordVerifier" | "forgetPasswordVerifier"
  >;
};

/**
 * Services first, so that the load balancer's address may be there when the certificate is made. The control
 * Secret comes before the two that are derived from it: a second run reads it back and derives the same.
 */
export const deployPostgres = activity({
  name: "toygres::activity::deploy-postgres",
  description: "Makes an instance's objects in the cluster, or completes half-made ones",
  idempotent: true,
  input: z.object({
    ...subject,
    postgresVersion: PostgresVersion,
    storageSizeGb: z.int(),
    useLoadBalancer: z.boolean(),
    dnsLabel: z.string().optional(),
    allowedCidrs: z.array(z.string()).default([]),
  }),
  output: z.object({ instanceName: z.string(), namespace: z.string(), created: z.boolean() }),
  retry: patient,

  async run(input, services: Needs, { orchestrationId, signal }) {
    const { cluster, certificates, passwords, ledger, settings } = services;
    const plan = planOf(input, settings);
    assertClosed(plan);
    const fence = fenceOf(signal, () => ledger.assertWanted(plan.instanceId, orchestrationId));

    const network = await cluster.apply("services", plan, fence);
    const control = await cluster.ensureSecret(
      "control",
      plan,
      async () => ({
        ...(await certificates.newAuthority(plan)),
        controlPassword: passwords.generate(),
      }),
      fence,
    );
    await cluster.ensureSecret(
      "certificate",
      plan,
      async () => {
        const { externalIp, clusterIp } = await cluster.endpoint(plan, "internal", 0);
        const issued = await certificates.issue(
          control.contents,
          coveredNames(plan, {
            externalIp,
            clusterIp,
            dnsLabel: plan.dnsLabel,
            region: await cluster.region(),
          }),
        );
        return { ...issued, ca: control.contents.caCertificate };
      },
      fence,
    );
    await cluster.ensureSecret(
      "bootstrap",
      plan,
      async () => ({
        postgresPassword: passwords.generate(),
        initSql: initSql({
          postgresVersion: plan.postgresVersion,
          controlVerifier: await passwords.verifier(control.contents.controlPassword),
          appVerifier: await ledger.passwordVerifier(plan.instanceId),
        }),
      }),
      fence,
    );
    await ledger.forgetPasswordVerifier(plan.instanceId);
    const workload = await cluster.apply("workload", plan, fence);
    return {
      instanceName: plan.instanceName,
      namespace: plan.namespace,
      created: network.created || control.created || workload.created,
    };
  },
});

/** A load balancer without source ranges lets the whole Internet in: that has to be asked for as `0.0.0.0/0`. */
function assertClosed({ useLoadBalancer, allowedCidrs }: InstancePlan): void {
  if (!useLoadBalancer || allowedCidrs.length > 0) return;
  throw new DomainError(
    "invalid-input",
    'a load balancer needs at least one range in allowedCidrs; "0.0.0.0/0" opens it to the whole Internet',
  );
}
