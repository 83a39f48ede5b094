import { randomUUID } from "node:crypto";
import { monitorId } from "../domain/names.ts";
import type { Operation } from "../domain/operation.ts";
import type { Log } from "../durable/log.ts";
import { sampleGauges } from "./gauges.ts";
import { forEach, guarded } from "./guarded.ts";
import { restartHealthChecks } from "./repair-health-checks.ts";
import { LIMIT, TURN_MS, type SweepServices } from "./sweep-services.ts";
import type { Timer } from "./timer.ts";

export type { SweepServices } from "./sweep-services.ts";

const UNSTARTED_MS = 15_000;
/** A younger operation has hardly begun, and its orchestration may not be visible yet. */
const RUNNING_MS = 30_000;
const BEYOND_DEADLINE_MS = 60_000;
/** A monitor waits for a minute at most, and gives a step no longer. */
const MONITOR_STILL_MS = 10 * 60_000;
const DAY_MS = 24 * 3_600_000;
const KEPT_MS = 30 * DAY_MS;
/** How long an orchestration of an operation so old is told to end, each minute, before it is left to itself. */
const GIVEN_UP_MS = 3_600_000;
const MOST_EVENTS = 1_000;

const DUTIES = [
  startUnstarted,
  adoptUnattended,
  restartHealthChecks,
  watchOperations,
  purgeOld,
  dropOldEvents,
  sampleGauges,
] as const;

/**
 * Starts, restarts and closes what was lost. The duties do not wait for each other, and one item that fails, or one
 * question, does not keep the others waiting.
 */
export async function sweep(services: SweepServices, log: Log): Promise<void> {
  await guarded("sweep.failed", {}, log, async () => {
    const alone = await services.watch.exclusively(async () => {
      await Promise.all(
        DUTIES.map((duty) =>
          guarded("sweep.failed", { duty: duty.name }, log, async () => {
            const left = await duty(services, log);
            if (left > 0) log.warn("sweep.unfinished", { duty: duty.name, left });
          }),
        ),
      );
    });
    if (!alone) log.info("sweep.skipped", { reason: "another sweep is running" });
  });
}

async function startUnstarted({ watch, workflows }: SweepServices, log: Log): Promise<number> {
  const operations = await watch.startable(UNSTARTED_MS, LIMIT);
  return forEach(operations, TURN_MS, async (operation) => {
    const facts = { operationId: operation.id };
    await guarded("operation.start-failed", facts, log, async () => {
      if (await workflows.startOperation(operation)) log.warn("operation.started", facts);
    });
  });
}

/** What should be under way and is not: an old backup was restored, or rows were edited by hand. */
async function adoptUnattended({ watch, workflows }: SweepServices, log: Log): Promise<number> {
  const instances = await watch.unattended(LIMIT);
  return forEach(instances, TURN_MS, async ({ id, state }) => {
    const facts = { instanceId: id, state };
    await guarded("instance.adopt-failed", facts, log, async () => {
      const operation = await watch.adopt(id, randomUUID());
      if (operation === undefined) return;
      log.warn("instance.adopted", { ...facts, operationId: operation.id });
      // Should this be lost, the operation is there, and is found by its own duty.
      if (operation.kind === "delete") await workflows.startOperation(operation);
      else await workflows.startMonitor(operation.id);
    });
  });
}

async function watchOperations(services: SweepServices, log: Log): Promise<number> {
  const { watch, workflows } = services;
  const operations = await watch.running(RUNNING_MS, LIMIT);
  return forEach(operations, TURN_MS, async (operation) => {
    const facts = { operationId: operation.id, instanceId: operation.instanceId };
    await guarded("monitor.start-failed", facts, log, async () => {
      const reason = await suspicion(operation, services);
      if (reason === undefined) return;
      const started = await workflows.startMonitor(operation.id);
      if (started) log.warn("monitor.started", { ...facts, reason });
      else if (await restartMonitor(operation, services)) log.warn("monitor.restarted", facts);
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

/** Nobody else looks after a monitor that was suspended, or that stands still. */
async function restartMonitor(
  { id, instanceId }: Operation,
  { watch, workflows, clock }: SweepServices,
): Promise<boolean> {
  const standing = await workflows.standing(monitorId(id));
  if (standing.state === "gone") return false;
  const movedAt = standing.movedAt.toISOString();
  const stillMs = clock.now().getTime() - standing.movedAt.getTime();
  if (standing.state === "alive" && stillMs < MONITOR_STILL_MS) return false;
  const found = standing.state === "suspended" ? "was suspended" : `has not moved since ${movedAt}`;
  await watch.noteRepair({
    instanceId,
    operationId: id,
    type: "repair.monitor-restarted",
    message: `the monitor of an operation ${found}: it is ended and started anew`,
    causes: [movedAt],
  });
  return workflows.restartMonitor(id);
}

/** Since when this process has told orchestrations of these operations to end; another one tells them an hour, too. */
const toldToEnd = new WeakMap<SweepServices["watch"], Map<string, number>>();

async function purgeOld({ watch, workflows, clock }: SweepServices, log: Log): Promise<number> {
  const told = toldToEnd.get(watch) ?? new Map<string, number>();
  toldToEnd.set(watch, told);
  const operations = await watch.purgeable(KEPT_MS, LIMIT);
  return forEach(operations, TURN_MS, async (operation) => {
    const { id } = operation;
    const facts = { operationId: id };
    await guarded("operation.purge-failed", facts, log, async () => {
      const left = await workflows.purge(operation);
      if (left.length > 0) {
        const now = clock.now().getTime();
        const since = told.get(id) ?? now;
        told.set(id, since);
        if (now - since < GIVEN_UP_MS) return;
        log.warn("operation.history-left", { ...facts, orchestrations: left.join(", ") });
      }
      await watch.markPurged(id);
      told.delete(id);
    });
  });
}

/** A server that crashes again and again writes hundreds of changes a day. More than one turn drops is for the next. */
async function dropOldEvents({ watch }: SweepServices): Promise<number> {
  await watch.dropHealthChanges(KEPT_MS, MOST_EVENTS);
  return 0;
}

/** Looks each minute, and when the app starts, because that is when most was lost. */
export const sweepTimer: Timer<SweepServices> = {
  name: "sweep",
  atStart: true,
  schedule: ({ sweepSchedule }) => sweepSchedule,
  run: sweep,
};
