/** What other packages build on: the durable layer, and Toygres as a library of it. */
export { createApp, type App } from "./app.ts";
export { hostOnAzure } from "./azure.ts";
export { loadConfig, loadDefaultVersion, type Config } from "./config.ts";
export { createToygres, toygres } from "./library.ts";
export { createServices, type AppServices } from "./services.ts";

export { DomainError } from "./domain/errors.ts";
export type { Services } from "./domain/services.ts";

export {
  activity,
  override,
  type Activity,
  type ActivityContext,
  type ActivityContract,
  type RetryPolicy,
} from "./durable/activity.ts";
export {
  durableClient,
  webhookClient,
  type DurableClient,
  type Ended,
  type Handle,
  type Status,
} from "./durable/client.ts";
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
  type Settled,
} from "./durable/fan.ts";
export { inventory, type Inventory } from "./durable/inventory.ts";
export { inventoryMarkdown, inventoryTable } from "./durable/inventory-text.ts";
export { library, merge, pick, provide, type Library } from "./durable/library.ts";
export {
  orchestration,
  type Orchestration,
  type OrchestrationContract,
} from "./durable/orchestration.ts";
export type { Log } from "./durable/log.ts";
export { register } from "./durable/register.ts";
export type { Schema, WireObject } from "./durable/wire.ts";
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
  type Context,
  type Durable,
} from "./durable/steps.ts";

export { deployPostgres } from "./activities/deploy-postgres.ts";
export { testConnection } from "./activities/test-connection.ts";
export {
  CreateInstance,
  DeleteInstance,
  HealthCheck,
  MonitorOperation,
} from "./orchestrators/names.ts";
