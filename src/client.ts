/** The typed client alone, for programs that start workflows from outside: it loads neither the app nor its drivers. */
export { DomainError } from "./domain/errors.ts";
export {
  webhookClient,
  type DurableClient,
  type Ended,
  type Handle,
  type StartOptions,
  type StartResult,
  type Status,
  type WebhookClientOptions,
} from "./durable/client.ts";
export type { OrchestrationContract } from "./durable/orchestration.ts";
export {
  CreateInstance,
  DeleteInstance,
  HealthCheck,
  MonitorOperation,
} from "./orchestrators/names.ts";
