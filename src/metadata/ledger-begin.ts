import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import { OperationKind, OperationStatus, hasEnded } from "../domain/operation.ts";
import type { BeginRequest, Begun } from "../domain/metadata.ts";
import { mayBecome } from "../domain/transitions.ts";
import type { Database, Queries } from "./pool.ts";
import { reader } from "./rows.ts";
import {
  createInput,
  DEADLINE,
  insertEvent,
  insertInstance,
  insertOperation,
  lockCreates,
  lockInstance,
  moveToDeleting,
  openOperation,
  type LockedInstance,
} from "./writes.ts";

const LockedOperation = z.object({
  id: z.string(),
  kind: OperationKind,
  instanceId: z.string(),
  status: OperationStatus,
  token: z.string().optional(),
  deadlineAt: z.string(),
  cancelRequestedAt: z.string().optional(),
  errorCode: z.string().optional(),
});
export type LockedOperation = z.infer<typeof LockedOperation>;

export function lockOperation(queries: Queries, id: string): Promise<LockedOperation | undefined> {
  return queries.first(
    reader(LockedOperation),
    `select o.id, o.kind, o.instance_id as "instanceId", o.status, o.execution_token as token,
       o.deadline_at as "deadlineAt", o.cancel_requested_at as "cancelRequestedAt",
       o.error ->> 'code' as "errorCode"
     from operations o where o.id = $1 for update`,
    [id],
  );
}

/** The first step of every operation: makes its rows when they are absent, and takes it with a token. */
export function begin(database: Database, request: BeginRequest): Promise<Begun> {
  return database.transaction(async (queries) => {
    const { operationId, instanceId, kind } = request;
    const instance = await lockInstance(queries, "i.id = $1", instanceId);
    const operation = await lockOperation(queries, operationId);
    if (operation) {
      if (!instance || operation.kind !== kind || operation.instanceId !== instanceId) {
        return taken(operation);
      }
      return take(queries, request, instance, operation);
    }
    if (kind === "create") return insertCreate(queries, request);
    return insertDelete(queries, request, instance);
  });
}

const taken = ({ deadlineAt }: Pick<LockedOperation, "deadlineAt">): Begun => ({
  outcome: "taken",
  deadlineAt,
});

/** A create that was started directly, without POST: its rows are made here, without a password. */
async function insertCreate(queries: Queries, request: BeginRequest): Promise<Begun> {
  const { operationId, instanceId, spec } = request;
  if (!spec) {
    const message = `there is no operation "${operationId}", and no spec to make it from`;
    throw new DomainError("operation-not-found", message);
  }
  await lockCreates(queries);
  const inserted = await insertInstance(queries, { instanceId, spec });
  // The id is an instance's that another operation made; a duplicate of this one finds its operation.
  if (inserted === undefined) return retake(queries, request);
  await insertOperation(queries, {
    operationId,
    kind: "create",
    instanceId,
    instanceName: spec.name,
    input: createInput(instanceId, spec),
  });
  await insertEvent(queries, {
    instanceId,
    operationId,
    type: "instance.requested",
    message: "a workflow that was started directly asked for it",
  });
  return retake(queries, request);
}

async function insertDelete(
  queries: Queries,
  request: BeginRequest,
  instance: LockedInstance | undefined,
): Promise<Begun> {
  const { operationId, instanceId } = request;
  if (!instance || instance.state === "deleted") {
    throw new DomainError("instance-not-found", `there is no instance "${instanceId}"`);
  }
  const { name, namespace } = instance;
  const input = { instanceId, instanceName: name, namespace };
  await insertOperation(queries, {
    operationId,
    kind: "delete",
    instanceId,
    instanceName: name,
    input,
  });
  return retake(queries, request);
}

/** Once more, with the rows that are there now. */
async function retake(queries: Queries, request: BeginRequest): Promise<Begun> {
  const instance = await lockInstance(queries, "i.id = $1", request.instanceId);
  const operation = await lockOperation(queries, request.operationId);
  if (instance && operation) return take(queries, request, instance, operation);
  return taken({ deadlineAt: new Date().toISOString() });
}

async function take(
  queries: Queries,
  request: BeginRequest,
  instance: LockedInstance,
  operation: LockedOperation,
): Promise<Begun> {
  if (hasEnded(operation.status)) return taken(operation);
  if (operation.status === "running" && operation.token !== request.token) return taken(operation);
  const deadlineAt =
    operation.status === "running"
      ? operation.deadlineAt
      : await start(queries, operation.id, request.token);
  return operation.kind === "create"
    ? beginCreate(instance, operation, deadlineAt)
    : beginDelete(queries, instance, operation, deadlineAt);
}

const Started = reader(z.object({ deadlineAt: z.string() }));

/** The deadline counts from here: what waited for an outage to end still has its whole time. */
async function start(queries: Queries, operationId: string, token: string): Promise<string> {
  const started = await queries.first(
    Started,
    `update operations set status = 'running', execution_token = $2,
       started_at = statement_timestamp(), deadline_at = ${DEADLINE}
     where id = $1 and status = 'notStarted'
     returning deadline_at as "deadlineAt"`,
    [operationId, token],
  );
  if (!started) throw new DomainError("internal", `operation "${operationId}" cannot be started`);
  return started.deadlineAt;
}

function beginCreate(
  instance: LockedInstance,
  operation: LockedOperation,
  deadlineAt: string,
): Begun {
  if (instance.state !== "creating") return { outcome: "overtaken", deadlineAt };
  if (operation.cancelRequestedAt !== undefined) return { outcome: "canceled", deadlineAt };
  return { outcome: "begun", deadlineAt };
}

async function beginDelete(
  queries: Queries,
  instance: LockedInstance,
  operation: LockedOperation,
  deadlineAt: string,
): Promise<Begun> {
  if (instance.state === "deleted") return { outcome: "overtaken", deadlineAt };
  if (mayBecome(instance.state, "deleting")) await moveToDeleting(queries, instance, operation.id);
  const runningCreate = await openOperation(queries, instance.id, "create");
  const { healthCheckOrchestrationId } = instance;
  return {
    outcome: "begun",
    deadlineAt,
    ...(runningCreate !== undefined && { runningCreate }),
    ...(healthCheckOrchestrationId !== undefined && { healthCheckOrchestrationId }),
  };
}
