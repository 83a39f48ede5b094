import type pg from "pg";
import { EVENT, type HistoryEvent, type ParentLink, executionStarted } from "./history.ts";
import { refusedChild } from "./outcome.ts";
import type { InstanceRecord, NewActivity, NewInstance, OutgoingMessage } from "./store.ts";
import type { RuntimeStatus } from "./task-hub.ts";

export const FINISHED = "('Completed', 'Failed', 'Canceled', 'Terminated')";

export interface InstanceRow {
  readonly instance_id: string;
  readonly execution_id: string;
  readonly name: string;
  readonly version: string | null;
  readonly status: RuntimeStatus;
  readonly input: string | null;
  readonly output: string | null;
  readonly custom_status: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly parent: ParentLink | null;
  readonly lease_token: string;
}

export function record(row: InstanceRow): InstanceRecord {
  return {
    instanceId: row.instance_id,
    executionId: row.execution_id,
    name: row.name,
    version: row.version,
    status: row.status,
    input: row.input,
    output: row.output,
    customStatus: row.custom_status,
    createdAt: row.created_at.getTime(),
    updatedAt: row.updated_at.getTime(),
    parent: row.parent,
  };
}

const ENDS_PAUSE: ReadonlySet<number> = new Set([
  EVENT.ExecutionResumed,
  EVENT.ExecutionTerminated,
]);

/** A text column holds no NUL, and messages of errors may. */
export function storable(text: string | null): string | null {
  return text?.replaceAll("\0", "\uFFFD") ?? null;
}

/** Writes the row, its first message, and drops what a finished one of that id left. */
export async function insertInstance(
  client: pg.ClientBase,
  instance: NewInstance,
  now: number,
): Promise<RuntimeStatus | null> {
  const { instanceId, executionId, name, version, input, parent } = instance;
  const { rowCount } = await client.query(
    `insert into durable.instances as i
       (instance_id, execution_id, name, version, status, input, created_at, updated_at, parent)
     values ($1, $2, $3, $4, 'Pending', $5, $6, $6, $7)
     on conflict (instance_id) do update set
       execution_id = excluded.execution_id, name = excluded.name, version = excluded.version,
       status = excluded.status, input = excluded.input, output = null, custom_status = null,
       created_at = excluded.created_at, updated_at = excluded.updated_at, parent = excluded.parent,
       lease_token = null, lease_owner = null, lease_until = null
     where i.status in ${FINISHED}`,
    [
      instanceId,
      executionId,
      name,
      version,
      input,
      new Date(now),
      parent && JSON.stringify(parent),
    ],
  );
  if (rowCount === 0) {
    const { rows } = await client.query<{ status: RuntimeStatus }>(
      "select status from durable.instances where instance_id = $1",
      [instanceId],
    );
    return rows[0]?.status ?? "Running";
  }
  await client.query("delete from durable.history where instance_id = $1", [instanceId]);
  await client.query("delete from durable.inbox where instance_id = $1", [instanceId]);
  const event = executionStarted(now, instance);
  await deliver(client, { instanceId, executionId, event, visibleAt: now });
  return null;
}

export async function insertChild(
  client: pg.ClientBase,
  child: NewInstance,
  now: number,
): Promise<void> {
  const existing = await insertInstance(client, child, now);
  if (existing !== null) await deliver(client, refusedChild(child, existing, now));
}

/** True when there is such an execution and it has not ended. */
export async function deliver(
  client: pg.ClientBase | pg.Pool,
  message: OutgoingMessage,
  allowed: readonly RuntimeStatus[] = ["Pending", "Running", "ContinuedAsNew", "Suspended"],
): Promise<boolean> {
  const { instanceId, executionId, event, visibleAt, first = false } = message;
  const { rowCount } = await client.query(
    `insert into durable.inbox (instance_id, execution_id, place, visible_at, ends_pause, event)
     select instance_id, $2, $3, $4, $5, $6 from durable.instances
     where instance_id = $1 and status = any($7) and execution_id = coalesce($2, execution_id)`,
    [
      instanceId,
      executionId,
      first ? 0 : 1,
      new Date(visibleAt),
      ENDS_PAUSE.has(event.EventType),
      JSON.stringify(event),
      allowed,
    ],
  );
  return (rowCount ?? 0) > 0;
}

export async function insertHistory(
  client: pg.ClientBase,
  instanceId: string,
  events: readonly HistoryEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await client.query(
    `insert into durable.history (instance_id, event)
     select $1, event::json from unnest($2::text[]) with ordinality as given (event, place)
     order by place`,
    [instanceId, events.map((event) => JSON.stringify(event))],
  );
}

export async function insertActivities(
  client: pg.ClientBase,
  { instanceId, executionId }: InstanceRecord,
  activities: readonly NewActivity[],
): Promise<void> {
  if (activities.length === 0) return;
  await client.query(
    `insert into durable.activities (instance_id, execution_id, task_id, name, data)
     select $1, $2, task_id, name, data
     from unnest($3::int[], $4::text[], $5::text[]) as given (task_id, name, data)
     order by task_id`,
    [
      instanceId,
      executionId,
      activities.map(({ taskId }) => taskId),
      activities.map(({ name }) => name),
      activities.map(({ data }) => storable(data)),
    ],
  );
}
