import type pg from "pg";
import type { HistoryEvent } from "./history.ts";
import {
  type InstanceRow,
  deliver,
  insertActivities,
  insertChild,
  insertHistory,
  record,
  storable,
} from "./postgres-rows.ts";
import type { EpisodeCommit, InstanceRecord, Lease, LeaseRequest, LeasedEpisode } from "./store.ts";
import { isFinished } from "./task-hub.ts";

/** Takes instances that have something to read and that no other host holds. */
export async function leaseEpisodes(
  pool: pg.Pool,
  { owner, now, until, limit }: LeaseRequest,
): Promise<LeasedEpisode[]> {
  const { rows } = await pool.query<InstanceRow>(
    `with picked as (
         select instance_id from durable.instances i
         where instance_id in (select instance_id from durable.inbox where visible_at <= $2)
           and (lease_until is null or lease_until <= $2)
           and (status <> 'Suspended' or exists (
             select from durable.inbox m
             where m.instance_id = i.instance_id and m.visible_at <= $2 and m.ends_pause))
         order by updated_at limit $4
         for no key update skip locked)
       update durable.instances i
       set lease_token = gen_random_uuid(), lease_owner = $1, lease_until = $3
       from picked where i.instance_id = picked.instance_id
       returning i.*`,
    [owner, new Date(now), new Date(until), limit],
  );
  if (rows.length === 0) return [];
  const ids = rows.map(({ instance_id }) => instance_id);
  const [history, inbox] = await Promise.all([historyOf(pool, ids), inboxOf(pool, ids, now)]);
  return rows.map((row) => ({
    lease: { token: row.lease_token, owner, until },
    instance: record(row),
    history: (history.get(row.instance_id) ?? []).map(({ event }) => event),
    messages: (inbox.get(row.instance_id) ?? []).map(({ id, execution_id, event }) => ({
      id,
      executionId: execution_id,
      event,
    })),
  }));
}

/** Writes an episode if its lease still stands; the caller's transaction makes it all or nothing. */
export async function writeEpisode(
  client: pg.ClientBase,
  lease: Lease,
  commit: EpisodeCommit,
): Promise<boolean> {
  const { instance } = commit;
  const { instanceId } = instance;
  const { rows } = await client.query<{ execution_id: string }>(
    `select execution_id from durable.instances
   where instance_id = $1 and lease_token = $2 for no key update`,
    [instanceId, lease.token],
  );
  const [held] = rows;
  if (!held) return false;
  await updateInstance(client, instance);
  if (commit.replace) {
    await client.query("delete from durable.history where instance_id = $1", [instanceId]);
  }
  await client.query(
    `delete from durable.inbox
   where instance_id = $1 and (id = any($2) or $3 or ($4 and execution_id = $5))`,
    [instanceId, commit.consumed, isFinished(instance.status), commit.replace, held.execution_id],
  );
  await insertHistory(client, instanceId, commit.events);
  await insertActivities(client, instance, commit.activities);
  for (const message of commit.messages) await deliver(client, message);
  for (const child of commit.children) await insertChild(client, child, instance.updatedAt);
  return true;
}

async function historyOf(pool: pg.Pool, ids: readonly string[]) {
  const { rows } = await pool.query<{ instance_id: string; event: HistoryEvent }>(
    "select instance_id, event from durable.history where instance_id = any($1) order by seq",
    [ids],
  );
  return byInstance(rows);
}

async function inboxOf(pool: pg.Pool, ids: readonly string[], now: number) {
  const { rows } = await pool.query<InboxRow>(
    `select id, instance_id, execution_id, event from durable.inbox
       where instance_id = any($1) and visible_at <= $2 order by place, visible_at, id`,
    [ids, new Date(now)],
  );
  return byInstance(rows);
}

interface InboxRow {
  readonly id: string;
  readonly instance_id: string;
  readonly execution_id: string | null;
  readonly event: HistoryEvent;
}

function byInstance<T extends { readonly instance_id: string }>(rows: readonly T[]) {
  const grouped = new Map<string, T[]>();
  for (const row of rows) {
    const group = grouped.get(row.instance_id);
    if (group) group.push(row);
    else grouped.set(row.instance_id, [row]);
  }
  return grouped;
}

async function updateInstance(client: pg.ClientBase, one: InstanceRecord): Promise<void> {
  await client.query(
    `update durable.instances set execution_id = $2, status = $3, input = $4, output = $5,
       custom_status = $6, created_at = $7, updated_at = $8,
       lease_token = null, lease_owner = null, lease_until = null
     where instance_id = $1`,
    [
      one.instanceId,
      one.executionId,
      one.status,
      one.input,
      storable(one.output),
      one.customStatus,
      new Date(one.createdAt),
      new Date(one.updatedAt),
    ],
  );
}
