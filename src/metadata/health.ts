import { z } from "zod";
import { HealthStatus } from "../domain/instance.ts";
import type { HealthRecord } from "../domain/metadata.ts";
import type { Database } from "./pool.ts";
import { clean, reader } from "./rows.ts";

const Before = reader(z.object({ from: HealthStatus }));

/** One statement: the health columns, and an event when the status is another one than before. */
export async function recordHealth(
  database: Database,
  record: HealthRecord,
  told?: (from: HealthStatus) => void,
): Promise<boolean> {
  const { instanceId, status, checkedAt, latencyMs, failures, message, serverVersion } = record;
  const before = await database.first(
    Before,
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
     from before where i.id = before.id returning before.health_status as "from"`,
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
  if (before === undefined) return false;
  if (before.from !== status) told?.(before.from);
  return true;
}

/** What it reads beside what it drops is one change of each live instance. */
export const DROP_HEALTH_CHANGES = `
  delete from instance_events where id in (
    select e.id from instance_events e
    where e.type = 'health.changed' and e.at < clock_timestamp() - $1 * interval '1 millisecond'
      and (
        exists (
          select from instance_events newer
          where newer.instance_id = e.instance_id and newer.type = 'health.changed' and newer.id > e.id
        )
        or exists (select from instances i where i.id = e.instance_id and i.state = 'deleted')
      )
    order by e.at limit $2
  )`;

export function dropHealthChanges(
  database: Database,
  olderThanMs: number,
  limit: number,
): Promise<number> {
  return database.run(DROP_HEALTH_CHANGES, [olderThanMs, limit]);
}
