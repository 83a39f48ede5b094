import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import type { Instance, InstanceSpec, InstanceState } from "../domain/instance.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Accepted, NewEvent } from "../domain/metadata.ts";
import { kubernetesName } from "../domain/names.ts";
import { OPERATION_DEADLINE_MS, type Operation, type OperationKind } from "../domain/operation.ts";
import { sourcesOf } from "../domain/transitions.ts";
import { QUOTA_LOCK, type Queries } from "./pool.ts";
import { clean, instanceOf, json, INSTANCE, OPERATION, operationOf, reader } from "./rows.ts";

/** How long from now an operation may take, as an SQL expression. */
export const DEADLINE = `statement_timestamp() + interval '${OPERATION_DEADLINE_MS} milliseconds'`;

const OperationId = reader(z.object({ id: z.string() }));
const LiveCount = reader(z.object({ live: z.int() }));

interface NewInstance {
  readonly instanceId: string;
  readonly spec: InstanceSpec;
  readonly passwordVerifier?: string | undefined;
}

/**
 * One create at a time from here to its commit: so a quota is a count, and the time of creation has the
 * order of the commits, which keeps pages stable.
 */
export async function lockCreates(queries: Queries): Promise<void> {
  await queries.run("select pg_advisory_xact_lock($1, $2)", QUOTA_LOCK);
}

/** How many instances lived before this one; undefined when its id is known already. */
export async function insertInstance(
  queries: Queries,
  { instanceId, spec, passwordVerifier }: NewInstance,
): Promise<number | undefined> {
  const row = await queries.first(
    LiveCount,
    `insert into instances (
       id, name, namespace, k8s_name, postgres_version, storage_size_gb, use_load_balancer,
       dns_label, allowed_cidrs, password_verifier
     )
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (id) do nothing
     returning (select count(*)::int from instances where state <> 'deleted') as live`,
    [
      instanceId,
      spec.name,
      spec.namespace,
      kubernetesName({ instanceId, instanceName: spec.name }),
      spec.postgresVersion,
      spec.storageSizeGb,
      spec.useLoadBalancer,
      spec.dnsLabel,
      spec.allowedCidrs ?? [],
      passwordVerifier,
    ],
  );
  return row?.live;
}

interface NewOperation {
  readonly operationId: string;
  readonly kind: OperationKind;
  readonly instanceId: string;
  readonly instanceName: string;
  readonly input: JsonObject;
}

export async function insertOperation(queries: Queries, operation: NewOperation): Promise<void> {
  const { operationId, kind, instanceId, instanceName, input } = operation;
  await queries.run(
    `insert into operations (id, kind, instance_id, instance_name, input, deadline_at)
     values ($1, $2, $3, $4, $5, ${DEADLINE})`,
    [operationId, kind, instanceId, instanceName, json(input)],
  );
}

/** What the orchestration is started with. Picked field by field: nothing else can slip into a history. */
export function createInput(instanceId: string, spec: InstanceSpec): JsonObject {
  return {
    instanceId,
    name: spec.name,
    namespace: spec.namespace,
    postgresVersion: spec.postgresVersion,
    storageSizeGb: spec.storageSizeGb,
    useLoadBalancer: spec.useLoadBalancer,
    ...(spec.dnsLabel !== undefined && { dnsLabel: spec.dnsLabel }),
    allowedCidrs: spec.allowedCidrs ?? [],
  };
}

export async function insertEvent(queries: Queries, event: NewEvent): Promise<void> {
  const { instanceId, operationId, type, message, data } = event;
  await queries.run(
    `insert into instance_events (instance_id, operation_id, type, message, data)
     values ($1, $2, $3, $4, $5)`,
    [instanceId, operationId, type, clean(message), data && json(data)],
  );
}

const LockedInstance = z.object({
  id: z.string(),
  name: z.string(),
  namespace: z.string(),
  state: z.enum(["creating", "running", "deleting", "deleted", "failed"]),
  healthCheckOrchestrationId: z.string().optional(),
});
export type LockedInstance = z.infer<typeof LockedInstance>;

/** Instances are always locked before their operations, so that no two transactions wait for each other. */
export function lockInstance(
  queries: Queries,
  condition: string,
  value: string,
): Promise<LockedInstance | undefined> {
  return queries.first(
    reader(LockedInstance),
    `select i.id, i.name, i.namespace, i.state,
       i.health_check_orchestration_id as "healthCheckOrchestrationId"
     from instances i where ${condition} for no key update`,
    [value],
  );
}

/** The operation of this kind that the instance has and that has not ended. */
export async function openOperation(
  queries: Queries,
  instanceId: string,
  kind: OperationKind,
): Promise<string | undefined> {
  const row = await queries.first(
    OperationId,
    `select id from operations
     where instance_id = $1 and kind = $2 and status in ('notStarted', 'running')
     order by created_at desc, id desc limit 1`,
    [instanceId, kind],
  );
  return row?.id;
}

/** Moves an instance to `deleting`; nobody watches its health from now on. */
export async function moveToDeleting(
  queries: Queries,
  instance: LockedInstance,
  operationId: string,
): Promise<void> {
  const from: readonly InstanceState[] = sourcesOf("deleting");
  const moved = await queries.run(
    `update instances set state = 'deleting', failure = null, health_status = 'unknown',
       health_latency_ms = null, health_failures = 0, health_message = null,
       updated_at = clock_timestamp()
     where id = $1 and state::text = any($2)`,
    [instance.id, from],
  );
  if (moved === 0) {
    const message = `an instance that is ${instance.state} cannot become deleting`;
    throw new DomainError("illegal-transition", message);
  }
  await insertEvent(queries, {
    instanceId: instance.id,
    operationId,
    type: "instance.deleting",
    message: "deletion was asked for",
    data: { from: instance.state },
  });
}

export function readInstance(queries: Queries, id: string): Promise<Instance | undefined> {
  return queries.first(instanceOf, `select ${INSTANCE} from instances i where i.id = $1`, [id]);
}

export function readOperation(queries: Queries, id: string): Promise<Operation | undefined> {
  return queries.first(operationOf, `select ${OPERATION} from operations o where o.id = $1`, [id]);
}

/** What a request answers: both rows as they are now. */
export async function accepted(
  queries: Queries,
  operationId: string,
  replayed: boolean,
): Promise<Accepted> {
  const operation = await readOperation(queries, operationId);
  const instance = operation && (await readInstance(queries, operation.instanceId));
  if (!operation || !instance) {
    throw new DomainError("internal", `operation "${operationId}" or its instance is missing`);
  }
  return { instance, operation, replayed };
}
