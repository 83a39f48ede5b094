import { z } from "zod";
import type { Gauges } from "../domain/gauges.ts";
import { DomainError } from "../domain/errors.ts";
import type { Database } from "./pool.ts";
import { reader } from "./rows.ts";

const count = z.int().min(0);
const seconds = z.number().min(0);

const gaugesOf = reader(
  z.object({
    instancesCreating: count,
    instancesRunning: count,
    instancesDeleting: count,
    instancesFailed: count,
    unhealthy: count,
    longestUnhealthyId: z.string().optional(),
    longestUnhealthySeconds: seconds,
    healthChecksWanted: count,
    healthChecksMissing: count,
    operationsNotStarted: count,
    operationsRunning: count,
    operationsLate: count,
    latestOperationId: z.string().optional(),
    latestOperationSeconds: seconds,
  }),
);

const secondsSince = (time: string): string =>
  `coalesce(greatest(0, round(extract(epoch from clock_timestamp() - ${time}))), 0)::double precision`;

/**
 * One statement over the instances that are not deleted and the operations that are open, both of which have a partial
 * index, however many deleted ones there are. Since when an instance is unhealthy, its timeline says.
 */
export const GAUGES = `with live as materialized (
    select i.id, i.state, i.state = 'running' and i.health_status = 'unhealthy' as unhealthy,
      coalesce(i.health_checked_at, i.created_at) as heard_at, i.created_at
    from instances i where i.state <> 'deleted'
  ), open as materialized (
    select id, status, deadline_at, deadline_at < clock_timestamp() as late
    from operations where status in ('notStarted', 'running')
  ), worst as (
    select live.id, coalesce(changed.at, live.created_at) as since
    from live left join lateral (
      select e.at from instance_events e
      where e.instance_id = live.id and e.type = 'health.changed' order by e.id desc limit 1
    ) changed on true
    where live.unhealthy order by 2, 1 limit 1
  ), latest as (
    select id, deadline_at from open where late order by deadline_at, id limit 1
  )
  select l.*, o.*,
    worst.id as "longestUnhealthyId", ${secondsSince("worst.since")} as "longestUnhealthySeconds",
    latest.id as "latestOperationId",
    ${secondsSince("latest.deadline_at")} as "latestOperationSeconds"
  from (
    select count(*) filter (where state = 'creating')::int as "instancesCreating",
      count(*) filter (where state = 'running')::int as "instancesRunning",
      count(*) filter (where state = 'deleting')::int as "instancesDeleting",
      count(*) filter (where state = 'failed')::int as "instancesFailed",
      count(*) filter (where unhealthy)::int as unhealthy,
      count(*) filter (where state = 'running')::int as "healthChecksWanted",
      count(*) filter (
        where state = 'running'
          and heard_at < clock_timestamp() - $1 * interval '1 millisecond'
      )::int as "healthChecksMissing"
    from live
  ) l
  cross join (
    select count(*) filter (where status = 'notStarted')::int as "operationsNotStarted",
      count(*) filter (where status = 'running')::int as "operationsRunning",
      count(*) filter (where late)::int as "operationsLate"
    from open
  ) o
  left join worst on true left join latest on true`;

export async function gauges(database: Database, silentMs: number): Promise<Gauges> {
  const sample = await database.first(gaugesOf, GAUGES, [silentMs]);
  if (sample === undefined) throw new DomainError("internal", "counting gave no row");
  return sample;
}
