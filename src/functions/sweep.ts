import type { Watch } from "../domain/metadata.ts";
import { healthCheckId } from "../domain/names.ts";
import type { Operation } from "../domain/operation.ts";
import type { Clock, Settings } from "../domain/services.ts";
import { errorFacts, type Facts, type Log } from "../durable/log.ts";
import type { Timer } from "./timer.ts";
import type { Workflows } from "./workflows.ts";

const UNSTARTED_MS = 15_000;
/** A younger operation has hardly begun, and its orchestration may not be visible yet. */
const RUNNING_MS = 30_000;
const BEYOND_DEADLINE_MS = 60_000;
const KEPT_MS = 30 * 24 * 3_600_000;
/** For one turn; what is left over has its turn a minute later. */
const LIMIT = 200;
const AT_ONCE = 10;

export interface SweepServices {
  readonly watch: Watch;
  readonly workflows: Workflows;
  readonly clock: Clock;
  readonly settings: Pick<Settings, "healthIntervalMs" | "healthWriteIntervalMs">;
}

/** Starts, restarts and closes what was lost. One item that fails, or one question, does not keep the others waiting. */
export async function sweep(services: SweepServices, log: Log): Promise<void> {
  await guarded("sweep.failed", {}, log, async () => {
    const alone = await services.watch.exclusively(async () => {
      for (const duty of [startUnstarted, restartHealthChecks, watchOperations, purgeOld]) {
        await guarded("sweep.failed", { duty: duty.name }, log, () => duty(services, log));
      }
    });
    if (!alone) log.info("sweep.skipped", { reason: "another sweep is running" });
  });
}

async function startUnstarted({ watch, workflows }: SweepServices, log: Log): Promise<void> {
  const operations = await watch.startable(UNSTARTED_MS, LIMIT);
  await forEach(operations, async (operation) => {
    const facts = { operationId: operation.id };
    await guarded("operation.start-failed", facts, log, async () => {
      if (await workflows.startOperation(operation)) log.warn("operation.started", facts);
    });
  });
}

async function restartHealthChecks(services: SweepServices, log: Log): Promise<void> {
  const { watch, workflows, settings } = services;
  const instances = await watch.healthSilent(silenceMs(settings), LIMIT);
  await forEach(instances, async ({ id, namespace, name }) => {
    const facts = { instanceId: id };
    await guarded("health-check.restart-failed", facts, log, async () => {
      if (await workflows.isAlive(healthCheckId(id))) return;
      const subject = { instanceId: id, namespace, instanceName: name };
      if (await workflows.startHealthCheck(subject)) log.warn("health-check.restarted", facts);
    });
  });
}

/** A living loop writes at least so often, give or take two of its turns. */
function silenceMs({ healthIntervalMs, healthWriteIntervalMs }: SweepServices["settings"]): number {
  return healthWriteIntervalMs + 2 * healthIntervalMs + 30_000;
}

async function watchOperations(services: SweepServices, log: Log): Promise<void> {
  const { watch, workflows } = services;
  const operations = await watch.running(RUNNING_MS, LIMIT);
  await forEach(operations, async (operation) => {
    const facts = { operationId: operation.id, instanceId: operation.instanceId };
    await guarded("monitor.start-failed", facts, log, async () => {
      const reason = await suspicion(operation, services);
      if (reason === undefined) return;
      const started = await workflows.startMonitor(operation.id);
      if (started) log.warn("monitor.started", { ...facts, reason });
    });
  });
}

async function suspicion(
  { id, deadlineAt }: Operation,
  { workflows, clock }: SweepServices,
): Promise<"past its deadline" | "orchestration ended" | undefined> {
  if (clock.now().getTime() > Date.parse(deadlineAt) + BEYOND_DEADLINE_MS)
    return "past its deadline";
  return (await workflows.isAlive(id)) ? undefined : "orchestration ended";
}

async function purgeOld({ watch, workflows }: SweepServices, log: Log): Promise<void> {
  const operations = await watch.purgeable(KEPT_MS, LIMIT);
  await forEach(operations, async (operation) => {
    await guarded("operation.purge-failed", { operationId: operation.id }, log, async () => {
      await workflows.purge(operation);
      await watch.markPurged(operation.id);
    });
  });
}

/** A few at a time: a backend that does not answer costs each of them its whole time limit. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += AT_ONCE) {
    await Promise.all(items.slice(at, at + AT_ONCE).map(work));
  }
}

async function guarded(
  event: string,
  facts: Facts,
  log: Log,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error(event, { ...facts, ...errorFacts(error) });
  }
}

/** Looks each minute, and when the app starts, because that is when most was lost. */
export const sweepTimer: Timer<SweepServices> = {
  name: "sweep",
  atStart: true,
  schedule: ({ sweepSchedule }) => sweepSchedule,
  run: sweep,
};
