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
import { library, provide, type Library } from "./durable/library.ts";
import { createInstance } from "./orchestrators/create-instance.ts";
import { deleteInstance } from "./orchestrators/delete-instance.ts";
import { healthCheck } from "./orchestrators/health-check.ts";
import { monitorOperation } from "./orchestrators/monitor-operation.ts";

/** All workflows of Toygres, which still need their services. */
export const toygres = library("toygres", {
  orchestrations: [createInstance, deleteInstance, healthCheck, monitorOperation],
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
}) satisfies Library<Services>;

/** The same, working with these services. Nothing is shared between two libraries made with different ones. */
export function createToygres(services: Services): Library {
  return provide(toygres, services);
}
