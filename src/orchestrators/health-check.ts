import { checkHealth } from "../activities/check-health.ts";
import { ensureCertificate } from "../activities/ensure-certificate.ts";
import { DomainError } from "../domain/errors.ts";
import { orchestration } from "../durable/orchestration.ts";
import { call, continueAsNew, sleep } from "../durable/steps.ts";
import { HealthCheck } from "./names.ts";

/** Until the next turn when the check itself could not be done, such as while the metadata is away. */
const BLIND_TURN_MS = 30_000;

/**
 * Eternal: one turn, one wait, and on with a fresh history. It ends by itself when its instance is gone, because a
 * termination can be lost against continueAsNew.
 */
export const healthCheck = orchestration({
  ...HealthCheck,
  uses: [checkHealth, ensureCertificate],

  *run(ctx, { memory, ...ref }) {
    let next = { memory, nextCheckMs: BLIND_TURN_MS };
    try {
      const turn = yield* call(ctx, checkHealth, { ...ref, memory });
      if (!turn.wanted) return { ended: "instance-gone" as const };
      next = turn;
      if (turn.certificate) yield* call(ctx, ensureCertificate, { ...ref, ...turn.certificate });
    } catch (error) {
      // A turn that fails, whatever the reason, must not end the loop; its activity has logged why.
      if (!(error instanceof DomainError)) throw error;
    }
    yield* sleep(ctx, next.nextCheckMs);
    return continueAsNew(ctx, { ...ref, memory: next.memory });
  },
});
