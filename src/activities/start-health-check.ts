import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import { healthCheckId } from "../domain/names.ts";
import type { Services } from "../domain/services.ts";
import { subject } from "../domain/subject.ts";
import { activity } from "../durable/activity.ts";
import { HealthCheck } from "../orchestrators/names.ts";
import { patient } from "./retries.ts";

export const startHealthCheck = activity({
  name: "toygres::activity::start-health-check",
  description:
    "Stores the id of an instance's health check and starts it as an orchestration of its own",
  idempotent: true,
  input: z.object(subject),
  output: z.object({ orchestrationId: z.string() }),
  retry: patient,
  uses: [HealthCheck],

  async run(
    ref,
    { ledger }: { readonly ledger: Pick<Services["ledger"], "assertWanted" | "setHealthCheck"> },
    { durable, orchestrationId },
  ) {
    await ledger.assertWanted(ref.instanceId, orchestrationId);
    const id = healthCheckId(ref.instanceId);
    if (!(await ledger.setHealthCheck(ref.instanceId, id))) {
      throw new DomainError("overtaken", `instance "${ref.instanceName}" is no longer wanted`);
    }
    await durable.start(HealthCheck, ref, { id });
    return { orchestrationId: id };
  },
});
