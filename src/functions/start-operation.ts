import type { Instance } from "../domain/instance.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Accepted } from "../domain/metadata.ts";
import { hasEnded, type Operation, type OperationKind } from "../domain/operation.ts";
import { errorFacts, type Log } from "../durable/log.ts";
import { within } from "./time-limit.ts";
import type { Workflows } from "./workflows.ts";

const START_MS = 2_000;
const RETRY_AFTER_SECONDS = 2;

/** What is known of the request that an operation came from. */
interface Requester {
  readonly requestId: string;
  readonly log: Log;
  /** The id that a new operation was to have; another one means that there was an operation already. */
  readonly operationId: string;
}

/** Says which operation a request led to, so that its way can be followed from here on. */
export function noteRequested(
  { instance, operation }: Accepted,
  { requestId, log, operationId }: Requester,
): void {
  log.info("operation.requested", {
    requestId,
    operationId: operation.id,
    instanceId: instance.id,
    instanceName: instance.name,
    kind: operation.kind,
    repeated: operation.id !== operationId,
  });
}

/** Starts what was accepted; what cannot be started now, the sweep starts later, so the request succeeds all the same. */
export async function startOperation(
  { instance, operation, replayed }: Accepted,
  workflows: Pick<Workflows, "startOperation">,
  log: Log,
): Promise<void> {
  if (replayed || operation.status !== "notStarted") return;
  const { id, kind } = operation;
  try {
    const start = workflows.startOperation({ id, kind, input: inputOf(kind, instance) });
    await within(START_MS, start, { code: "durable-unavailable", what: "the durable backend" });
  } catch (error) {
    log.warn("operation.start-failed", {
      operationId: id,
      instanceId: instance.id,
      ...errorFacts(error),
    });
  }
}

/** What an operation of this kind is started with. */
export function inputOf(kind: OperationKind, instance: Instance): JsonObject {
  const { id, name, namespace } = instance;
  if (kind === "delete") return { instanceId: id, instanceName: name, namespace };
  const { postgresVersion, storageSizeGb, useLoadBalancer, dnsLabel, allowedCidrs } = instance;
  return {
    instanceId: id,
    name,
    namespace,
    postgresVersion,
    storageSizeGb,
    useLoadBalancer,
    ...(dnsLabel !== undefined && { dnsLabel }),
    allowedCidrs,
  };
}

/** Tells a client where to look, and when again as long as the operation has not ended. */
export function operationHeaders({ id, status }: Operation): Record<string, string> {
  return {
    "operation-location": `/operations/${id}`,
    ...retryAfter(status),
  };
}

export function retryAfter(status: Operation["status"]): Record<string, string> {
  return hasEnded(status) ? {} : { "retry-after": String(RETRY_AFTER_SECONDS) };
}
