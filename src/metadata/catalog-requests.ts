import { DomainError } from "../domain/errors.ts";
import type { Accepted, Catalog, CreateRequest, DeleteRequest } from "../domain/metadata.ts";
import { hasEnded, type Operation } from "../domain/operation.ts";
import { pointKey, takeKey } from "./idempotency.ts";
import type { Database, Queries } from "./pool.ts";
import { INSTANCE, instanceOf, located, OPERATION, operationOf } from "./rows.ts";
import {
  accepted,
  createInput,
  insertEvent,
  insertInstance,
  insertOperation,
  lockCreates,
  lockInstance,
  moveToDeleting,
  openOperation,
} from "./writes.ts";

type Requests = Pick<Catalog, "requestCreate" | "requestDelete" | "requestCancel">;

export function requests(database: Database): Requests {
  return {
    async requestCreate(request) {
      try {
        return await database.transaction((queries) => create(queries, request));
      } catch (error) {
        throw await inTheWay(database, request, error);
      }
    },
    requestDelete: (request) => database.transaction((queries) => remove(queries, request)),
    requestCancel: (operationId) => database.transaction((queries) => cancel(queries, operationId)),
  };
}

async function create(queries: Queries, request: CreateRequest): Promise<Accepted> {
  const { instanceId, operationId, spec, idempotency, maxInstances } = request;
  const known = await takeKey(queries, idempotency, operationId);
  if (known !== undefined) return accepted(queries, known, true);

  await lockCreates(queries);
  const live = await insertInstance(queries, request);
  if (live === undefined) {
    throw new DomainError("internal", `the id ${instanceId} of a new instance is in use`);
  }
  if (live >= maxInstances) {
    throw new DomainError(
      "quota-exceeded",
      `there are ${live} instances and at most ${maxInstances} may exist; delete one first`,
      { details: { maxInstances } },
    );
  }
  const input = createInput(instanceId, spec);
  await insertOperation(queries, {
    operationId,
    kind: "create",
    instanceId,
    instanceName: spec.name,
    input,
  });
  await insertEvent(queries, {
    instanceId,
    operationId,
    type: "instance.requested",
    message: `a PostgreSQL ${spec.postgresVersion} of ${spec.storageSizeGb} GB was asked for`,
  });
  return accepted(queries, operationId, false);
}

/** Says which operation is in the way of a name or label, so that a user can follow it. */
async function inTheWay(
  database: Database,
  { spec }: CreateRequest,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof DomainError)) return error;
  if (error.code !== "name-taken" && error.code !== "dns-label-taken") return error;
  const [column, value] =
    error.code === "name-taken" ? ["name", spec.name] : ["dns_label", spec.dnsLabel];
  const holder = await database
    .first(
      instanceOf,
      `select ${INSTANCE} from instances i where i.${column} = $1 and i.state <> 'deleted'`,
      [value],
    )
    .catch(() => undefined);
  if (holder?.operationId === undefined) return error;
  return new DomainError(error.code, error.message, {
    details: { operationId: holder.operationId },
  });
}

const notFound = (instance: string) =>
  new DomainError("instance-not-found", `there is no instance "${instance}"`);

async function remove(queries: Queries, request: DeleteRequest): Promise<Accepted> {
  const { operationId, idempotency } = request;
  const known = await takeKey(queries, idempotency, operationId);
  if (known !== undefined) return accepted(queries, known, true);

  const instance = await lockInstance(queries, located(request.instance, "$1"), request.instance);
  if (!instance || instance.state === "deleted") throw notFound(request.instance);
  if (instance.state === "deleting") {
    const running = await openOperation(queries, instance.id, "delete");
    if (running !== undefined) {
      await pointKey(queries, idempotency, running);
      return accepted(queries, running, false);
    }
  }
  await insertOperation(queries, {
    operationId,
    kind: "delete",
    instanceId: instance.id,
    instanceName: instance.name,
    input: {
      instanceId: instance.id,
      instanceName: instance.name,
      namespace: instance.namespace,
    },
  });
  if (instance.state === "deleting") {
    await insertEvent(queries, {
      instanceId: instance.id,
      operationId,
      type: "instance.deleting",
      message: "deletion was asked for again, after the last one was lost",
    });
  } else {
    await moveToDeleting(queries, instance, operationId);
  }
  return accepted(queries, operationId, false);
}

async function cancel(queries: Queries, operationId: string): Promise<Operation> {
  const operation = await queries.first(
    operationOf,
    `select ${OPERATION} from operations o where o.id = $1 for update`,
    [operationId],
  );
  if (!operation) {
    throw new DomainError("operation-not-found", `there is no operation "${operationId}"`);
  }
  if (operation.kind === "delete") {
    throw new DomainError("not-cancelable", "a delete cannot be canceled");
  }
  if (hasEnded(operation.status)) {
    throw new DomainError("not-cancelable", `the operation has ended already: ${operation.status}`);
  }
  const first = await queries.run(
    `update operations set cancel_requested_at = clock_timestamp()
     where id = $1 and cancel_requested_at is null`,
    [operationId],
  );
  if (first === 1) {
    await insertEvent(queries, {
      instanceId: operation.instanceId,
      operationId,
      type: "operation.cancel-requested",
      message: "cancellation was asked for",
    });
  }
  return operation;
}
