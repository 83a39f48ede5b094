import { z } from "zod";
import { InstanceState } from "../domain/instance.ts";
import type { StartableOperation } from "../domain/operation.ts";
import type { Repair, Repairs } from "../domain/repairs.ts";
import type { Database, Queries } from "./pool.ts";
import { clean, json, isUuid, reader } from "./rows.ts";
import { createInput, insertEvent, insertOperation, lockInstance, readInstance } from "./writes.ts";

const unattendedOf = reader(
  z.object({ id: z.string(), name: z.string(), state: z.enum(["creating", "deleting"]) }),
);
const stalledOf = reader(z.object({ ms: z.number() }));
const stateOf = reader(
  z.object({
    id: z.string(),
    state: InstanceState,
    namespace: z.string(),
    deletedAt: z.string().optional(),
    cleanedUp: z.boolean().optional(),
  }),
);

/** Of an instance `i`: in a state that only an operation ends, and none that could is open. */
const UNATTENDED = `
  i.state in ('creating', 'deleting') and not exists (
    select from operations o
    where o.instance_id = i.id and o.status in ('notStarted', 'running')
      and (i.state = 'creating' or o.kind = 'delete')
  )`;

export function repairs(database: Database): Repairs {
  return {
    noteRepair: (repair) => database.transaction((queries) => noteRepair(queries, repair)),

    unattended: (limit) =>
      database.rows(
        unattendedOf,
        `select i.id, i.name, i.state from instances i
         where ${UNATTENDED} order by random() limit $1`,
        [limit],
      ),

    adopt: (instanceId, operationId) =>
      database.transaction((queries) => adopt(queries, instanceId, operationId)),

    async stalledMs(instanceId) {
      const row = await database.first(
        stalledOf,
        `update instances set health_stalled_at = case
             when health_stalled_at >= coalesce(health_checked_at, created_at)
             then health_stalled_at else clock_timestamp() end
         where id = $1 and state = 'running'
         returning greatest(
           0, extract(epoch from clock_timestamp() - health_stalled_at) * 1000
         )::double precision as ms`,
        [instanceId],
      );
      return row?.ms ?? 0;
    },

    async forgetStall(instanceId) {
      await database.run("update instances set health_stalled_at = null where id = $1", [
        instanceId,
      ]);
    },

    async statesOf(instanceIds) {
      const rows = await database.rows(
        stateOf,
        // What was listed just before its clean-up ended may be gone: the minute lets that pass.
        `select id, state, namespace, deleted_at as "deletedAt",
           case when state = 'failed' then coalesce(failure -> 'remaining', '[]') = '[]'
             and updated_at < clock_timestamp() - interval '1 minute' end as "cleanedUp"
         from instances where id = any($1::uuid[])`,
        [instanceIds.filter(isUuid)],
      );
      return new Map(rows.map(({ id, ...known }) => [id, known]));
    },
  };
}

/** That the type is one of repairs is said twice, for the index that has no other events in it. */
export const NOTE_REPAIR = `
  insert into instance_events (instance_id, operation_id, type, message, data)
  select $1::uuid, $2, $3, $4, $5::jsonb
  where exists (
    select from unnest($6::text[]) as cause
    where not exists (
      select from instance_events e
      where e.instance_id = $1::uuid and e.type = $3 and e.type like 'repair.%'
        and e.data -> 'causes' ? cause
    )
  )`;

/** The lock on the instance makes the look at earlier events and the writing of this one a single step. */
async function noteRepair(queries: Queries, repair: Repair): Promise<boolean> {
  const { instanceId, operationId, type, message, causes, data } = repair;
  if (!(await lockInstance(queries, "i.id = $1", instanceId))) return false;
  const values = [instanceId, operationId, type, clean(message), json({ ...data, causes }), causes];
  return (await queries.run(NOTE_REPAIR, values)) === 1;
}

async function adopt(
  queries: Queries,
  instanceId: string,
  operationId: string,
): Promise<StartableOperation | undefined> {
  const locked = await lockInstance(queries, `i.id = $1 and ${UNATTENDED}`, instanceId);
  // Who waited for the lock has the row as it is now, and the operations as they were before.
  const still = locked && (await lockInstance(queries, `i.id = $1 and ${UNATTENDED}`, instanceId));
  const instance = still && (await readInstance(queries, instanceId));
  if (!instance) return undefined;
  const { name, namespace, state } = instance;
  if (state === "deleting") {
    const input = { instanceId, instanceName: name, namespace };
    await insertOperation(queries, {
      operationId,
      kind: "delete",
      instanceId,
      instanceName: name,
      input,
    });
    await insertEvent(queries, {
      instanceId,
      operationId,
      type: "repair.delete-begun",
      message: "the instance was deleting and no operation was at it: a delete was begun",
    });
    return { id: operationId, kind: "delete", input };
  }
  const input = createInput(instanceId, instance);
  await insertOperation(queries, {
    operationId,
    kind: "create",
    instanceId,
    instanceName: name,
    input,
  });
  // As one whose orchestration was lost, which it was: nothing may start it again.
  await queries.run(
    `update operations set status = 'running', execution_token = 'adopted',
       started_at = statement_timestamp(), deadline_at = statement_timestamp()
     where id = $1`,
    [operationId],
  );
  await insertEvent(queries, {
    instanceId,
    operationId,
    type: "repair.create-closed",
    message:
      "the instance was creating and no operation was at it: its objects are removed, and it is closed as failed",
  });
  return { id: operationId, kind: "create", input };
}
