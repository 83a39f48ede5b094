import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import type { Services } from "../domain/services.ts";
import { activity } from "../durable/activity.ts";
import { patient } from "./retries.ts";
import { subject } from "../domain/subject.ts";

export const waitForReady = activity({
  name: "toygres::activity::wait-for-ready",
  description: "Watches an instance's pod for one slice of at most 20 s",
  idempotent: true,
  input: z.object({ ...subject, sliceSeconds: z.number().min(0).max(20).default(20) }),
  output: z.object({
    ready: z.boolean(),
    podPhase: z.string(),
    /** How long this slice watched. */
    readyAfterSeconds: z.number(),
    waitingFor: z.string().optional(),
    action: z.string().optional(),
  }),
  retry: patient,

  async run(
    { sliceSeconds, ...ref },
    { cluster, ledger, clock }: Pick<Services, "cluster" | "ledger" | "clock">,
    { orchestrationId },
  ) {
    await ledger.assertWanted(ref.instanceId, orchestrationId);
    const from = clock.now().getTime();
    const { ready, podPhase, waitingFor, action, hopeless } = await cluster.readiness(
      ref,
      sliceSeconds * 1_000,
    );
    if (hopeless) {
      throw new DomainError("pod-cannot-start", waitingFor ?? "the pod can never start as it is", {
        ...(action && { details: { action } }),
      });
    }
    const readyAfterSeconds = (clock.now().getTime() - from) / 1_000;
    return {
      ready,
      podPhase,
      readyAfterSeconds,
      ...(waitingFor && { waitingFor }),
      ...(action && { action }),
    };
  },
});
