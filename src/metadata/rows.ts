import { z } from "zod";
import type { JsonObject } from "../domain/json.ts";
import { InstanceId, Instance } from "../domain/instance.ts";
import { InstanceEvent, Operation } from "../domain/operation.ts";

/** Columns of an instance `i`, named as in the domain. */
export const INSTANCE = `
  i.id, i.name, i.namespace, i.state,
  i.health_status as "healthStatus", i.health_checked_at as "healthCheckedAt",
  i.health_latency_ms as "healthLatencyMs", i.health_failures as "healthFailures",
  i.health_message as "healthMessage", i.postgres_version as "postgresVersion",
  i.server_version as "serverVersion", i.storage_size_gb as "storageSizeGb",
  i.use_load_balancer as "useLoadBalancer", i.dns_label as "dnsLabel",
  i.allowed_cidrs as "allowedCidrs", i.ip_connection_string as "ipConnectionString",
  i.dns_connection_string as "dnsConnectionString", i.external_ip as "externalIp",
  i.dns_name as "dnsName", i.certificate_covers_address as "certificateCoversAddress",
  i.health_check_orchestration_id as "healthCheckOrchestrationId",
  (
    select o.id from operations o
    where o.instance_id = i.id and o.status in ('notStarted', 'running')
    order by o.created_at desc, o.id desc limit 1
  ) as "operationId",
  i.failure, i.created_at as "createdAt", i.updated_at as "updatedAt", i.deleted_at as "deletedAt"`;

/** Columns of an operation `o`, named as in the domain. */
export const OPERATION = `
  o.id, o.kind, o.instance_id as "instanceId", o.instance_name as "instanceName", o.status,
  o.created_at as "createdAt", o.started_at as "startedAt", o.ended_at as "endedAt",
  o.deadline_at as "deadlineAt", o.steps, o.error, o.result`;

/** Columns of an event `e`, named as in the domain. */
export const EVENT = `
  e.id, e.instance_id as "instanceId", e.operation_id as "operationId", e.type, e.message, e.data, e.at`;

const Row = z.record(z.string(), z.unknown());

/** A row without its nulls, and with its times as text: the domain knows only what is there. */
function present(row: unknown): Record<string, unknown> {
  const columns = Object.entries(Row.parse(row)).filter(([, value]) => value !== null);
  return Object.fromEntries(
    columns.map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  );
}

export const reader =
  <T>(schema: z.ZodType<T>) =>
  (row: unknown): T =>
    schema.parse(present(row));

export const instanceOf = reader(Instance);
export const operationOf = reader(Operation);
export const eventOf = reader(InstanceEvent);

export const isUuid = (text: string): boolean => InstanceId.safeParse(text).success;

/** The condition that finds one instance: any by its UUID, only a live one by its name. */
export function located(idOrName: string, parameter: string): string {
  return isUuid(idOrName)
    ? `i.id = ${parameter}::uuid`
    : `i.name = ${parameter} and i.state <> 'deleted'`;
}

/** Text that PostgreSQL can keep: words of a cluster may hold what its text type cannot. */
export const clean = (text: string): string => text.replaceAll("\0", "").toWellFormed();

/** A value for a jsonb parameter. */
export function json(value: JsonObject | readonly unknown[]): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "string" ? clean(part) : part,
  );
}
