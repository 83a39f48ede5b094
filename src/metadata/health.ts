import type { HealthRecord } from "../domain/metadata.ts";
import type { Database } from "./pool.ts";
import { clean } from "./rows.ts";

/** One statement: the health columns, and an event when the status is another one than before. */
export async function recordHealth(database: Database, record: HealthRecord): Promise<boolean> {
  const { instanceId, status, checkedAt, latencyMs, failures, message, serverVersion } = record;
  const changed = await database.run(
    `with before as (
       select id, health_status from instances
       where id = $1 and state in ('creating', 'running') for no key update
     ), noted as (
       insert into instance_events (instance_id, type, message, data)
       select id, 'health.changed', format('%s → %s', health_status, $2::text)
           || coalesce(': ' || $6::text, ''),
         jsonb_build_object('from', health_status, 'to', $2::text, 'failures', $5::integer)
       from before where health_status <> $2::health_status
     )
     update instances i set health_status = $2::health_status, health_checked_at = $3,
       health_latency_ms = $4, health_failures = $5::integer, health_message = $6::text,
       server_version = coalesce($7, i.server_version)
     from before where i.id = before.id`,
    [
      instanceId,
      status,
      checkedAt,
      latencyMs,
      failures,
      message === undefined ? undefined : clean(message),
      serverVersion,
    ],
  );
  return changed === 1;
}
