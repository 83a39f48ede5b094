import { z } from "zod";
import type { Services } from "../domain/services.ts";
import { activity } from "../durable/activity.ts";
import { brief } from "./retries.ts";
import { subject } from "../domain/subject.ts";

export const getInstanceStatus = activity({
  name: "toygres::activity::get-instance-status",
  description: "Says what the cluster reports of an instance's pod",
  idempotent: true,
  input: z.object(subject),
  output: z.object({
    ready: z.boolean(),
    podPhase: z.string(),
    restarts: z.int(),
    waitingFor: z.string().optional(),
    action: z.string().optional(),
  }),
  retry: brief,

  async run(ref, { cluster }: Pick<Services, "cluster">) {
    const { ready, podPhase, restarts, waitingFor, action } = await cluster.readiness(ref, 0);
    return {
      ready,
      podPhase,
      restarts,
      ...(waitingFor && { waitingFor }),
      ...(action && { action }),
    };
  },
});
