import { z } from "zod";
import type { JsonObject } from "../domain/json.ts";
import type { Watch } from "../domain/metadata.ts";
import { OperationKind } from "../domain/operation.ts";
import { gauges } from "./gauges.ts";
import { dropHealthChanges } from "./health.ts";
import { orphansLock, SWEEP_LOCK, type Database } from "./pool.ts";
import { repairs } from "./repairs.ts";
import { INSTANCE, instanceOf, OPERATION, operationOf, reader } from "./rows.ts";

const Json: z.ZodType<JsonObject> = z.record(z.string(), z.json());
const startableOf = reader(z.object({ id: z.string(), kind: OperationKind, input: Json }));
const purgeableOf = reader(
  z.object({ id: z.string(), kind: OperationKind, instanceId: z.string() }),
);

/** `$1` milliseconds ago, as an SQL expression. */
const AGO = "clock_timestamp() - $1 * interval '1 millisecond'";

export function watch(database: Database): Watch {
  return {
    ...repairs(database),
    gauges: (silentMs) => gauges(database, silentMs),
    exclusively: (work, duty = "sweep") =>
      database.underLock(duty === "sweep" ? SWEEP_LOCK : orphansLock(duty.orphansIn), work),

    // In no order: what can never be mended must not keep all else beyond the limit waiting for ever.
    startable: (olderThanMs, limit) =>
      database.rows(
        startableOf,
        `select id, kind, input from operations
         where status = 'notStarted' and created_at < ${AGO} order by random() limit $2`,
        [olderThanMs, limit],
      ),

    running: (olderThanMs, limit) =>
      database.rows(
        operationOf,
        `select ${OPERATION} from operations o
         where o.status = 'running' and o.started_at < ${AGO}
            or o.status = 'notStarted' and o.deadline_at < ${AGO}
         order by random() limit $2`,
        [olderThanMs, limit],
      ),

    healthSilent: (olderThanMs, limit) =>
      database.rows(
        instanceOf,
        `select ${INSTANCE} from instances i
         where i.state = 'running'
           and (i.health_checked_at is null or i.health_checked_at < ${AGO})
         order by random() limit $2`,
        [olderThanMs, limit],
      ),

    purgeable: (olderThanMs, limit) =>
      database.rows(
        purgeableOf,
        `select id, kind, instance_id as "instanceId" from operations
         where purged_at is null and ended_at < ${AGO} order by random() limit $2`,
        [olderThanMs, limit],
      ),

    /** The operation's keys go with its history; by then they are older than the 24 hours that are promised. */
    async markPurged(operationId) {
      await database.run(
        `with purged as (
           update operations set purged_at = clock_timestamp() where id = $1 and purged_at is null
         )
         delete from idempotency_keys
         where operation_id = $1 and created_at < clock_timestamp() - interval '24 hours'`,
        [operationId],
      );
    },

    dropHealthChanges: (olderThanMs, limit) => dropHealthChanges(database, olderThanMs, limit),
  };
}
