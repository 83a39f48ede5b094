import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import type { InstanceState } from "../domain/instance.ts";
import type { JsonObject } from "../domain/json.ts";
import type { EndedOperation, EndOutcome, OperationEnd } from "../domain/metadata.ts";
import { hasEnded, type OperationKind, type OperationStatus } from "../domain/operation.ts";
import { mayBecome, sourcesOf } from "../domain/transitions.ts";
import { lockOperation, type LockedOperation } from "./ledger-begin.ts";
import type { Database, Queries } from "./pool.ts";
import { clean, json, reader } from "./rows.ts";
import { insertEvent, lockInstance, type LockedInstance } from "./writes.ts";

/** The state that belongs to an operation of this kind; in any other one it was overtaken. */
const OWN_STATE = { create: "creating", delete: "deleting" } as const satisfies Record<
  OperationKind,
  InstanceState
>;

const Closed = reader(z.object({ ms: z.number() }));

/** What the row of the operation says afterwards. */
interface Verdict {
  readonly status: OperationStatus;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    /** What to do. */
    readonly action?: string;
    readonly details?: JsonObject;
  };
  readonly result?: JsonObject;
}

/** Ends an operation: instance, operation and event together, or nothing at all. */
export async function end(
  database: Database,
  ending: OperationEnd,
  told?: (ended: EndedOperation) => void,
): Promise<EndOutcome> {
  const { outcome, ended } = await database.transaction((queries) => close(queries, ending));
  // After the commit, so that what was rolled back is told by nobody.
  if (ended !== undefined) told?.(ended);
  return outcome;
}

interface Closing {
  readonly outcome: EndOutcome;
  /** By this very transaction. */
  readonly ended?: EndedOperation;
}

async function close(queries: Queries, ending: OperationEnd): Promise<Closing> {
  const instance = await lockInstance(queries, "i.id = $1", ending.instanceId);
  const operation = await lockOperation(queries, ending.operationId);
  if (!instance || operation?.instanceId !== instance.id) {
    const message = `instance "${ending.instanceId}" has no operation "${ending.operationId}"`;
    throw new DomainError("operation-not-found", message);
  }
  const verdict = verdictOf(ending);
  assertKind(ending, operation);
  assertToken(ending, operation);
  if (hasEnded(operation.status)) return { outcome: endedBefore(operation, verdict) };

  const own = instance.state === OWN_STATE[operation.kind];
  if (ending.to === "overtaken") {
    if (own) throw illegal(`an operation whose instance is ${instance.state} is not overtaken`);
  } else {
    if (!own) return { outcome: "overtaken" };
    if (ending.to === "running" && operation.cancelRequestedAt !== undefined)
      return { outcome: "canceled" };
    await moveInstance(queries, ending, instance);
  }
  const ms = await closeOperation(queries, ending, verdict);
  await queries.run("update instances set password_verifier = null where id = $1", [instance.id]);
  await insertEvent(queries, eventOf(ending, verdict));
  // Without a token it was not its own execution that ended it.
  if (ending.token === undefined) await insertEvent(queries, repairOf(ending, operation, verdict));
  return { outcome: "done", ended: endedOf(ending, instance, operation, verdict, ms) };
}

function endedOf(
  { operationId, instanceId }: OperationEnd,
  { name: instanceName }: LockedInstance,
  { kind }: LockedOperation,
  { status, error }: Verdict,
  ms: number,
): EndedOperation {
  const code = error && { code: error.code };
  return { operationId, instanceId, instanceName, kind, status, ...code, ms };
}

function verdictOf(ending: OperationEnd): Verdict {
  switch (ending.to) {
    case "running":
    case "deleted":
      return { status: "succeeded", result: ending.result };
    case "failed": {
      const { code, message, action, remaining } = ending.failure;
      const left = remaining !== undefined && remaining.length > 0;
      const status = code === "canceled" && !left ? "canceled" : "failed";
      const error = {
        code,
        message,
        ...(action !== undefined && { action }),
        ...(left && { details: { remaining } }),
      };
      return { status, error, ...(ending.result && { result: ending.result }) };
    }
    case "overtaken":
      return {
        status: "canceled",
        error: { code: "overtaken", message: "another operation took the instance over" },
      };
  }
}

const illegal = (message: string) => new DomainError("illegal-transition", message);

/** A create never deletes, a delete never runs: a mistake of the caller, whatever the state is. */
function assertKind({ to }: OperationEnd, { kind }: LockedOperation): void {
  if (to === "overtaken" || mayBecome(OWN_STATE[kind], to)) return;
  throw illegal(`a ${kind} cannot make an instance ${to}`);
}

function assertToken({ token, operationId }: OperationEnd, operation: LockedOperation): void {
  if (token === undefined || token === operation.token) return;
  const message = `another execution has the operation "${operationId}"; this one must end without effects`;
  throw new DomainError("operation-taken", message);
}

/** The same end again is done; another one came too late. */
function endedBefore(operation: LockedOperation, verdict: Verdict): EndOutcome {
  const same = operation.status === verdict.status && operation.errorCode === verdict.error?.code;
  return same ? "done" : "overtaken";
}

async function moveInstance(
  queries: Queries,
  ending: Exclude<OperationEnd, { to: "overtaken" }>,
  instance: LockedInstance,
): Promise<void> {
  const facts = ending.to === "running" ? ending.facts : undefined;
  const failure = ending.to === "failed" ? json(ending.failure) : null;
  const moved = await queries.run(
    `update instances set state = $2::instance_state, failure = $3,
       ip_connection_string = coalesce($4, ip_connection_string),
       dns_connection_string = coalesce($5, dns_connection_string),
       external_ip = coalesce($6, external_ip), dns_name = coalesce($7, dns_name),
       server_version = coalesce($8, server_version),
       certificate_covers_address = coalesce($9, certificate_covers_address),
       deleted_at = case when $2::instance_state = 'deleted' then clock_timestamp() end,
       health_status = case when $2 = 'running' then health_status else 'unknown' end,
       health_latency_ms = case when $2 = 'running' then health_latency_ms end,
       health_failures = case when $2 = 'running' then health_failures else 0 end,
       health_message = case when $2 = 'running' then health_message end,
       health_checked_at = case when $2 = 'running' then health_checked_at end,
       updated_at = clock_timestamp()
     where id = $1 and state::text = any($10)`,
    [
      instance.id,
      ending.to,
      failure,
      facts?.ipConnectionString,
      facts?.dnsConnectionString,
      facts?.externalIp,
      facts?.dnsName,
      facts?.serverVersion,
      facts?.certificateCoversAddress,
      sourcesOf(ending.to),
    ],
  );
  if (moved === 0)
    throw illegal(`an instance that is ${instance.state} cannot become ${ending.to}`);
}

/** How long the operation took, in milliseconds. */
async function closeOperation(
  queries: Queries,
  { operationId, steps }: OperationEnd,
  { status, error, result }: Verdict,
): Promise<number> {
  const closed = await queries.first(
    Closed,
    `update operations set status = $2, steps = $3, error = $4, result = $5,
       ended_at = clock_timestamp()
     where id = $1 and status in ('notStarted', 'running')
     returning (extract(epoch from ended_at - created_at) * 1000)::double precision as ms`,
    [operationId, status, json(steps), error && json(error), result && json(result)],
  );
  if (closed === undefined)
    throw new DomainError("internal", `operation "${operationId}" cannot be closed`);
  return Math.max(0, Math.round(closed.ms));
}

function eventOf(ending: OperationEnd, { error }: Verdict) {
  const { instanceId, operationId } = ending;
  const one = (type: string, message: string) => ({
    instanceId,
    operationId,
    type,
    message,
    ...(error && { data: { code: error.code } }),
  });
  switch (ending.to) {
    case "running":
      return one("instance.running", "the instance takes connections");
    case "deleted":
      return one("instance.deleted", "the instance and all its objects are gone");
    case "failed":
      return one("instance.failed", clean(ending.failure.message));
    case "overtaken":
      return one("operation.canceled", "another operation took the instance over");
  }
}

function repairOf(
  { instanceId, operationId }: OperationEnd,
  { kind }: LockedOperation,
  { status, error }: Verdict,
) {
  const found = error === undefined ? "" : `: ${error.message}`;
  return {
    instanceId,
    operationId,
    type: "repair.operation-closed",
    message: clean(`the ${kind} was left open and was closed as ${status}${found}`),
    data: { kind, status, ...(error && { code: error.code }) },
  };
}
