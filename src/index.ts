/** What other packages build on: the durable layer, and Toygres as a library of it. */
export { createApp, type App } from "./app.ts";
export { hostOnAzure } from "./azure.ts";
export { loadConfig, loadDefaultVersion, type Config } from "./config.ts";
export { createToygres, toygres } from "./library.ts";
export { createServices, type AppServices } from "./services.ts";

/** The typed client and what it starts. */
export * from "./client.ts";
export type { ErrorCode, PackageErrorCode } from "./domain/errors.ts";
export type { Services } from "./domain/services.ts";

export {
  activity,
  override,
  type Activity,
  type ActivityContext,
  type ActivityContract,
  type AnyActivity,
  type RetryPolicy,
} from "./durable/activity.ts";
export { durableClient } from "./durable/client.ts";
export { pause, waitForEvent } from "./durable/events.ts";
export {
  all,
  allSettled,
  event,
  first,
  result,
  start,
  startOrchestration,
  timer,
  type AwaitedEvent,
  type Settled,
  type Started,
  type Timer,
  type Winner,
} from "./durable/fan.ts";
export { inventory, type Inventory } from "./durable/inventory.ts";
export { inventoryMarkdown, inventoryTable } from "./durable/inventory-text.ts";
export {
  library,
  merge,
  pick,
  provide,
  type Library,
  type LibraryItems,
  type Placed,
} from "./durable/library.ts";
export { jsonLog, type Log } from "./durable/log.ts";
export type { ActivityName, CanonicalName, OrchestrationName } from "./durable/names.ts";
export {
  orchestration,
  type AnyOrchestration,
  type ContinuedAsNew,
  type Orchestration,
} from "./durable/orchestration.ts";
export type { Progress } from "./durable/progress.ts";
export { register, type RegisterOptions } from "./durable/register.ts";
export {
  call,
  callOrchestration,
  continueAsNew,
  instanceId,
  log,
  newGuid,
  now,
  setProgress,
  sleep,
  until,
  type CallOptions,
  type Context,
  type Durable,
} from "./durable/steps.ts";
export type { Used } from "./durable/used.ts";
export type { Schema, WireObject } from "./durable/wire.ts";

export { beginOperation } from "./activities/begin-operation.ts";
export { checkHealth } from "./activities/check-health.ts";
export { deletePostgres } from "./activities/delete-postgres.ts";
export { deployPostgres } from "./activities/deploy-postgres.ts";
export { ensureCertificate } from "./activities/ensure-certificate.ts";
export { getConnectionStrings } from "./activities/get-connection-strings.ts";
export { getInstanceStatus } from "./activities/get-instance-status.ts";
export { getOperationStatus } from "./activities/get-operation-status.ts";
export { startHealthCheck } from "./activities/start-health-check.ts";
export { stopHealthCheck } from "./activities/stop-health-check.ts";
export { stopOperation } from "./activities/stop-operation.ts";
export { testConnection } from "./activities/test-connection.ts";
export { updateMetadata } from "./activities/update-metadata.ts";
export { waitForReady } from "./activities/wait-for-ready.ts";

/** The code beside those contracts, for an override that lists it. */
export { createInstance } from "./orchestrators/create-instance.ts";
export { deleteInstance } from "./orchestrators/delete-instance.ts";
export { healthCheck } from "./orchestrators/health-check.ts";
export { monitorOperation } from "./orchestrators/monitor-operation.ts";
