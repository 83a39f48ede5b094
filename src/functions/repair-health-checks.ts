import type { Instance } from "../domain/instance.ts";
import { healthCheckId } from "../domain/names.ts";
import type { Log } from "../durable/log.ts";
import { refOf } from "./found-instance.ts";
import { forEach, guarded } from "./guarded.ts";
import { LIMIT, TURN_MS, type SweepServices } from "./sweep-services.ts";
import type { Standing } from "./workflows.ts";

/** After an outage of the host a loop is silent too, and has its turn within a minute. */
const STALL_MS = 120_000;

/** Starts loops anew that have died, that were suspended, or that stand still though they count as alive. */
export async function restartHealthChecks(services: SweepServices, log: Log): Promise<number> {
  const { watch, workflows, settings } = services;
  const instances = await watch.healthSilent(silenceMs(settings), LIMIT);
  return forEach(instances, TURN_MS, async (instance) => {
    const facts = { instanceId: instance.id };
    await guarded("health-check.restart-failed", facts, log, async () => {
      const standing = await workflows.standing(healthCheckId(instance.id));
      const found = await findingOf(instance, standing, services);
      if (found === undefined) return;
      await watch.noteRepair({
        instanceId: instance.id,
        type: "repair.health-check-restarted",
        message: `the health check ${found}: it is started anew`,
        causes: [instance.healthCheckedAt ?? instance.createdAt],
      });
      const subject = refOf(instance);
      const started =
        standing.state === "gone"
          ? await workflows.startHealthCheck(subject)
          : await workflows.restartHealthCheck(subject);
      // Also when it has not ended yet, so that the next try is minutes away.
      await watch.forgetStall(instance.id);
      if (started) log.warn("health-check.restarted", { ...facts, found });
      else log.warn("health-check.not-ended", { ...facts, found });
    });
  });
}

/** A living loop writes at least so often, give or take two of its turns, whichever kind of them is the longer one. */
export function silenceMs({
  healthIntervalMs,
  healthRetryMs,
  healthWriteIntervalMs,
}: SweepServices["settings"]): number {
  return healthWriteIntervalMs + 2 * Math.max(healthIntervalMs, healthRetryMs) + 30_000;
}

/** What is wrong with the loop of an instance of which nothing was heard; undefined while it is to be left alone. */
async function findingOf(
  { id }: Instance,
  standing: Standing,
  { watch, clock, settings }: SweepServices,
): Promise<string | undefined> {
  if (standing.state === "gone") return "had ended";
  if (standing.state === "suspended") return "was suspended";
  const stillMs = clock.now().getTime() - standing.movedAt.getTime();
  // It turns and cannot write, which starting it anew would not change.
  if (stillMs < silenceMs(settings)) return undefined;
  return (await watch.stalledMs(id)) < STALL_MS
    ? undefined
    : `has not moved since ${standing.movedAt.toISOString()}`;
}
