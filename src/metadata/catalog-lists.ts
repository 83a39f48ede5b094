import type { Catalog } from "../domain/metadata.ts";
import { pageOf, positionOf } from "./pages.ts";
import type { Database } from "./pool.ts";
import {
  EVENT,
  eventOf,
  INSTANCE,
  instanceOf,
  isUuid,
  located,
  OPERATION,
  operationOf,
} from "./rows.ts";
import { readOperation } from "./writes.ts";

type Lists = Pick<
  Catalog,
  "findInstance" | "listInstances" | "listEvents" | "findOperation" | "listOperations"
>;

/** The reading side; instances and operations newest first, events oldest first. */
export function lists(database: Database): Lists {
  return {
    findInstance: (idOrName) => findInstance(database, idOrName),
    findOperation: (id) => readOperation(database, id),

    async listInstances(filter) {
      const after = positionOf("instances", filter);
      const { state, health, name, limit } = filter;
      const rows = await database.rows(
        instanceOf,
        `select ${INSTANCE} from instances i
         where ($1::instance_state is null and i.state <> 'deleted' or i.state = $1)
           and ($2::health_status is null or i.health_status = $2)
           and ($3::text is null or i.name = $3)
           and ($4::timestamptz is null or (i.created_at, i.id) < ($4, $5::uuid))
         order by i.created_at desc, i.id desc limit $6`,
        [state, health, name, after?.at, after?.id, limit + 1],
      );
      return pageOf("instances", rows, filter, ({ createdAt, id }) => ({ at: createdAt, id }));
    },

    async listOperations(filter) {
      const after = positionOf("operations", filter);
      const { instanceId, status, kind, limit } = filter;
      if (instanceId !== undefined && !isUuid(instanceId)) return { items: [] };
      const rows = await database.rows(
        operationOf,
        `select ${OPERATION} from operations o
         where ($1::uuid is null or o.instance_id = $1)
           and ($2::operation_status is null or o.status = $2)
           and ($3::operation_kind is null or o.kind = $3)
           and ($4::timestamptz is null or (o.created_at, o.id) < ($4, $5))
         order by o.created_at desc, o.id desc limit $6`,
        [instanceId, status, kind, after?.at, after?.id, limit + 1],
      );
      return pageOf("operations", rows, filter, ({ createdAt, id }) => ({ at: createdAt, id }));
    },

    async listEvents(instanceId, page) {
      const after = positionOf("events", page);
      if (!isUuid(instanceId)) return { items: [] };
      const rows = await database.rows(
        eventOf,
        `select ${EVENT} from instance_events e
         where e.instance_id = $1 and e.id > $2::bigint order by e.id limit $3`,
        [instanceId, after?.id ?? "0", page.limit + 1],
      );
      return pageOf("events", rows, page, ({ at, id }) => ({ at, id }));
    },
  };
}

export function findInstance(database: Database, idOrName: string) {
  return database.first(
    instanceOf,
    `select ${INSTANCE} from instances i where ${located(idOrName, "$1")}`,
    [idOrName],
  );
}
