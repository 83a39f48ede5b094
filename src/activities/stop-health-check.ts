import { z } from "zod";
import { healthCheckId } from "../domain/names.ts";
import { subject } from "../domain/subject.ts";
import { activity } from "../durable/activity.ts";
import { brief } from "./retries.ts";
import { stopOrchestration } from "./stop-orchestration.ts";

export const stopHealthCheck = activity({
  name: "toygres::activity::stop-health-check",
  description: "Terminates an instance's health check, for one slice of at most 15 s",
  idempotent: true,
  input: z.object({ ...subject, orchestrationId: z.string().optional() }),
  output: z.object({ stopped: z.boolean() }),
  retry: brief,

  async run({ instanceId, orchestrationId }, _services: object, { durable }) {
    const id = orchestrationId ?? healthCheckId(instanceId);
    return {
      stopped: await stopOrchestration(durable, id, { reason: "instance deleted", forMs: 15_000 }),
    };
  },
});
