import { beginOperation } from "./activities/begin-operation.ts";
import { checkHealth } from "./activities/check-health.ts";
import { deletePostgres } from "./activities/delete-postgres.ts";
import { deployPostgres } from "./activities/deploy-postgres.ts";
import { ensureCertificate } from "./activities/ensure-certificate.ts";
import { getConnectionStrings } from "./activities/get-connection-strings.ts";
import { getInstanceStatus } from "./activities/get-instance-status.ts";
import { getOperationStatus } from "./activities/get-operation-status.ts";
import { startHealthCheck } from "./activities/start-health-check.ts";
import { stopHealthCheck } from "./activities/stop-health-check.ts";
import { stopOperation } from "./activities/stop-operation.ts";
import { testConnection } from "./activities/test-connection.ts";
import { updateMetadata } from "./activities/update-metadata.ts";
import { waitForReady } from "./activities/wait-for-ready.ts";
import type { Services } from "./domain/services.ts";
import { library, type Library } from "./durable/library.ts";
import { deleteInstance } from "./functions/delete-instance.ts";
import type { ApiServices } from "./functions/dependencies.ts";
import type { Endpoint } from "./functions/endpoint.ts";
import { getHealth, getHealthLive } from "./functions/get-health.ts";
import { getInstanceCa } from "./functions/get-instance-ca.ts";
import { getInstanceEvents } from "./functions/get-instance-events.ts";
import { getInstance } from "./functions/get-instance.ts";
import { getInstances } from "./functions/get-instances.ts";
import { getOperation } from "./functions/get-operation.ts";
import { getOperations } from "./functions/get-operations.ts";
import { postInstancePassword } from "./functions/post-instance-password.ts";
import { postInstances } from "./functions/post-instances.ts";
import { postOperationCancel } from "./functions/post-operation-cancel.ts";
import { sweepTimer, type SweepServices } from "./functions/sweep.ts";
import type { Timer } from "./functions/timer.ts";
import { createInstance } from "./orchestrators/create-instance.ts";
import { deleteInstance as deleteInstanceWorkflow } from "./orchestrators/delete-instance.ts";
import { healthCheck } from "./orchestrators/health-check.ts";
import { monitorOperation } from "./orchestrators/monitor-operation.ts";

/** The whole program as a value; a host is what makes it run. */
export interface App {
  readonly workflows: Library<Services>;
  readonly endpoints: readonly Endpoint<ApiServices>[];
  /** Endpoints that touch nothing, and so answer whatever is down. */
  readonly liveness: readonly Endpoint<unknown>[];
  readonly timers: readonly Timer<SweepServices>[];
}

export const app: App = {
  workflows: library("toygres", {
    orchestrations: [createInstance, deleteInstanceWorkflow, healthCheck, monitorOperation],
    activities: [
      beginOperation,
      checkHealth,
      deletePostgres,
      deployPostgres,
      ensureCertificate,
      getConnectionStrings,
      getInstanceStatus,
      getOperationStatus,
      startHealthCheck,
      stopHealthCheck,
      stopOperation,
      testConnection,
      updateMetadata,
      waitForReady,
    ],
  }),
  endpoints: [
    postInstances,
    getInstances,
    getInstance,
    deleteInstance,
    getInstanceCa,
    getInstanceEvents,
    postInstancePassword,
    getOperations,
    getOperation,
    postOperationCancel,
    getHealth(),
  ],
  liveness: [getHealthLive],
  timers: [sweepTimer],
};
