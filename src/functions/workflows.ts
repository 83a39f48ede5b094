import { healthCheckId, monitorId } from "../domain/names.ts";
import type { StartableOperation } from "../domain/metadata.ts";
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
  /** Starting what runs already is success. */
  startOperation(operation: StartableOperation): Promise<void>;
  startHealthCheck(subject: Subject): Promise<void>;
  startMonitor(operationId: string): Promise<void>;
  /** What a running operation shows of itself; undefined when it shows nothing. */
  progress(operationId: string): Promise<Progress | undefined>;
  /** A hint that cuts a waiting operation's timer short; it may get lost. */
  wake(operationId: string): Promise<void>;
  /** False when there is no orchestration of this id, or it has ended. */
  isAlive(id: string): Promise<boolean>;
  /** Removes the history of an operation that has ended, and of its monitor. */
  purge(operationId: string): Promise<void>;
  ping(): Promise<void>;
}

export function workflowsOf(client: DurableClient): Workflows {
  return {
    async startOperation({ id, kind, input }) {
      if (kind === "create")
        await client.start(CreateInstance, CreateInstance.input.parse(input), { id });
      else await client.start(DeleteInstance, DeleteInstance.input.parse(input), { id });
    },
    async startHealthCheck(subject) {
      await client.start(HealthCheck, subject, { id: healthCheckId(subject.instanceId) });
    },
    async startMonitor(operationId) {
      await client.start(MonitorOperation, { operationId }, { id: monitorId(operationId) });
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
    async purge(operationId) {
      await client.purge(operationId);
      await client.purge(monitorId(operationId));
    },
    async ping() {
      // That there is no such orchestration is an answer too.
      await client.status("ping");
    },
  };
}
