import type { Services } from "./domain/services.ts";
import { inventory } from "./durable/inventory.ts";
import { quoted, type Library } from "./durable/library.ts";
import { deleteInstance } from "./functions/delete-instance.ts";
import type { ApiServices } from "./functions/dependencies.ts";
import type { Endpoint } from "./functions/endpoint.ts";
import { getHealth, getHealthLive } from "./functions/get-health.ts";
import { getInstanceCa } from "./functions/get-instance-ca.ts";
import { getInstanceDrift } from "./functions/get-instance-drift.ts";
import { getInstanceEvents } from "./functions/get-instance-events.ts";
import { getInstance } from "./functions/get-instance.ts";
import { getInstances } from "./functions/get-instances.ts";
import { getOperation } from "./functions/get-operation.ts";
import { getOperations } from "./functions/get-operations.ts";
import { getRegistry } from "./functions/get-registry.ts";
import { orphansTimer, type OrphanServices } from "./functions/look-for-orphans.ts";
import { postInstancePassword } from "./functions/post-instance-password.ts";
import { postInstances } from "./functions/post-instances.ts";
import { postOperationCancel } from "./functions/post-operation-cancel.ts";
import { sweepTimer, type SweepServices } from "./functions/sweep.ts";
import type { Timer } from "./functions/timer.ts";
import {
  CreateInstance,
  DeleteInstance,
  HealthCheck,
  MonitorOperation,
} from "./orchestrators/names.ts";

/** The whole program as a value; a host is what makes it run. */
export interface App {
  readonly workflows: Library<Services>;
  readonly endpoints: readonly Endpoint<ApiServices>[];
  /** Endpoints that touch nothing, and so answer whatever is down. */
  readonly liveness: readonly Endpoint<unknown>[];
  readonly timers: readonly Timer<SweepServices & OrphanServices>[];
}

/** The API, the timers and these workflows: those of Toygres, alone or merged with others. */
export function createApp(workflows: Library<Services>): App {
  assertStartable(workflows);
  return {
    workflows,
    endpoints: [
      postInstances,
      getInstances,
      getInstance,
      deleteInstance,
      getInstanceCa,
      getInstanceEvents,
      getInstanceDrift,
      postInstancePassword,
      getOperations,
      getOperation,
      postOperationCancel,
      getHealth(),
      getRegistry(() => inventory(workflows)),
    ],
    liveness: [getHealthLive],
    timers: [sweepTimer, orphansTimer],
  };
}

/** The API and the sweep start these by name: on a host that lacks one, the start succeeds and the instance fails. */
function assertStartable({ name, orchestrations }: Library<Services>): void {
  const known = new Set<string>(orchestrations.map((it) => it.name));
  const missing = [CreateInstance, DeleteInstance, HealthCheck, MonitorOperation].filter(
    (it) => !known.has(it.name),
  );
  if (missing.length === 0) return;
  throw new Error(
    `library "${name}" lacks ${quoted(missing.map((it) => it.name))}, which the API or the sweep start`,
  );
}
