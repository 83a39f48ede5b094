import { healthCheckId, monitorId } from "../domain/names.ts";
import type { PurgeableOperation, StartableOperation } from "../domain/metadata.ts";
import { Progress } from "../domain/operation.ts";
import type { Subject } from "../domain/subject.ts";
import type { DurableClient } from "../durable/client.ts";
import { hasEnded } from "../durable/client.ts";
import {
  CreateInstance,
  DeleteInstance,
  HealthCheck,
  MonitorOperation,
} from "../orchestrators/names.ts";

/** The orchestrations as the API and the sweep see them. Rejects with `durable-unavailable`. */
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
  /** Removes the history of an operation that has ended, of its monitor, and after a delete of the health check. */
  purge(operation: PurgeableOperation): Promise<void>;
  ping(): Promise<void>;
}

export function workflowsOf(client: DurableClient): Workflows {
  return {
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
      return Progress.safeParse(status?.customStatus).data;
    },
    async wake(operationId) {
      await client.raise(operationId, "wake");
    },
    async isAlive(id) {
      const status = await client.status(id);
      return status !== undefined && !hasEnded(status);
    },
    async purge({ id, kind, instanceId }) {
      // Should a failed delete have left its loop running, this refuses, and the next sweep tries again.
      if (kind === "delete") await client.purge(healthCheckId(instanceId));
      await client.purge(monitorId(id));
      await client.purge(id);
    },
    async ping() {
      // That there is no such orchestration is an answer too.
      await client.status("ping");
    },
  };
}
