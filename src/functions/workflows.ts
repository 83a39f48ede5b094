import { setTimeout as delay } from "node:timers/promises";
import { healthCheckId, monitorId } from "../domain/names.ts";
import type { PurgeableOperation } from "../domain/metadata.ts";
import { Progress, type StartableOperation } from "../domain/operation.ts";
import type { Subject } from "../domain/subject.ts";
import type { DurableClient } from "../durable/client.ts";
import { hasEnded } from "../durable/client.ts";
import {
  CreateInstance,
  DeleteInstance,
  HealthCheck,
  MonitorOperation,
} from "../orchestrators/names.ts";

/** Whether there is an orchestration that has not ended, and when it last moved. */
export type Standing =
  { readonly state: "gone" } | { readonly state: "alive" | "suspended"; readonly movedAt: Date };

/** How often, and how many times, one that was terminated is looked at; a later sweep goes on. */
const LOOK_MS = 250;
const LOOKS = 12;

/** The orchestrations as the API and the watchdog see them. Rejects with `durable-unavailable`. */
export interface Workflows {
  /** What runs already is left alone; true when this call began it. */
  startOperation(operation: StartableOperation): Promise<boolean>;
  startHealthCheck(subject: Subject): Promise<boolean>;
  startMonitor(operationId: string): Promise<boolean>;
  /** What a running operation shows of itself; undefined when it shows nothing. */
  progress(operationId: string): Promise<Progress | undefined>;
  /** A hint that cuts a waiting operation's timer short; it may get lost. */
  wake(operationId: string): Promise<void>;
  /** False when there is no orchestration of this id, or it has ended. */
  isAlive(id: string): Promise<boolean>;
  standing(id: string): Promise<Standing>;
  /** Terminates what stands still and starts it anew; false while it has not ended: another try goes on from there. */
  restartHealthCheck(subject: Subject): Promise<boolean>;
  restartMonitor(operationId: string): Promise<boolean>;
  /**
   * Removes the history of an operation that has ended long ago, of its monitor, and after a delete of the health check;
   * what of them is still alive is terminated first. Gives the ids of those that did not end: their histories stay.
   */
  purge(operation: PurgeableOperation): Promise<string[]>;
  ping(): Promise<void>;
}

function withoutReasons(progress: Progress | undefined): Progress | undefined {
  const steps = progress?.steps.map((step) => ({
    ...step,
    waitingFor: undefined,
    action: undefined,
  }));
  return steps && { steps };
}

export function workflowsOf(client: DurableClient): Workflows {
  /** Asked once: what no host can end, such as one of a newer version, must not pile up terminations. */
  async function stopped(id: string): Promise<boolean> {
    await client.terminate(id, "it stood still");
    for (let look = 1; ; look += 1) {
      const status = await client.status(id);
      if (status === undefined || hasEnded(status)) return true;
      if (look === LOOKS) return false;
      await delay(LOOK_MS);
    }
  }

  /** Its id when it does not end. */
  async function forgotten(id: string): Promise<readonly string[]> {
    if ((await workflows.isAlive(id)) && !(await stopped(id))) return [id];
    await client.purge(id);
    return [];
  }

  const workflows: Workflows = {
    async startOperation({ id, kind, input }) {
      const { outcome } =
        kind === "create"
          ? await client.start(CreateInstance, CreateInstance.input.parse(input), { id })
          : await client.start(DeleteInstance, DeleteInstance.input.parse(input), { id });
      return outcome === "started";
    },
    async startHealthCheck(subject) {
      const id = healthCheckId(subject.instanceId);
      return (await client.start(HealthCheck, subject, { id })).outcome === "started";
    },
    async startMonitor(operationId) {
      const id = monitorId(operationId);
      return (await client.start(MonitorOperation, { operationId }, { id })).outcome === "started";
    },
    async progress(operationId) {
      const status = await client.status(operationId);
      const own = Progress.safeParse(status?.customStatus).data;
      if (status !== undefined && !hasEnded(status)) return own;
      // What has ended without closing its operation waits for nothing; its monitor cleans up after it.
      const monitor = await client.status(monitorId(operationId));
      return Progress.safeParse(monitor?.customStatus).data ?? withoutReasons(own);
    },
    async wake(operationId) {
      await client.raise(operationId, "wake");
    },
    async isAlive(id) {
      const status = await client.status(id);
      return status !== undefined && !hasEnded(status);
    },
    async standing(id) {
      const status = await client.status(id);
      if (status === undefined || hasEnded(status)) return { state: "gone" };
      const state = status.state === "Suspended" ? "suspended" : "alive";
      return { state, movedAt: status.updatedAt };
    },
    async restartHealthCheck(subject) {
      const id = healthCheckId(subject.instanceId);
      return (await stopped(id)) && workflows.startHealthCheck(subject);
    },
    async restartMonitor(operationId) {
      return (await stopped(monitorId(operationId))) && workflows.startMonitor(operationId);
    },
    async purge({ id, kind, instanceId }) {
      const loops = kind === "delete" ? [healthCheckId(instanceId)] : [];
      // One that cannot be asked for, or does not end, keeps no other.
      const outcomes = await Promise.allSettled([...loops, monitorId(id), id].map(forgotten));
      const failure = outcomes.find(({ status }) => status === "rejected");
      if (failure?.status === "rejected") throw failure.reason;
      return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : []));
    },
    async ping() {
      // That there is no such orchestration is an answer too.
      await client.status("ping");
    },
  };
  return workflows;
}
