import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import { InstanceState } from "../domain/instance.ts";
import type { Ledger, OperationFacts } from "../domain/metadata.ts";
import { findInstance } from "./catalog-lists.ts";
import { recordHealth } from "./health.ts";
import { begin } from "./ledger-begin.ts";
import { end } from "./ledger-end.ts";
import type { Database } from "./pool.ts";
import { noteRemoval } from "./removals.ts";
import { reader } from "./rows.ts";
import { insertEvent, readInstance, readOperation } from "./writes.ts";

const Wanted = reader(z.object({ state: InstanceState, cancelRequestedAt: z.string().optional() }));
const Verifier = reader(z.object({ verifier: z.string().optional() }));
const Canceled = reader(z.object({ cancelRequestedAt: z.string().optional() }));

export function ledger(database: Database): Ledger {
  return {
    begin: (request) => begin(database, request),
    end: (ending, told) => end(database, ending, told),
    findInstance: (idOrName) => findInstance(database, idOrName),
    findOperation: (operationId) => findOperation(database, operationId),
    assertWanted: (instanceId, operationId) => assertWanted(database, instanceId, operationId),
    recordHealth: (record, told) => recordHealth(database, record, told),
    recordEvent: (event) => insertEvent(database, event),
    async giveUpCreate(operationId) {
      await database.run(
        `update operations set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
         where id = $1 and kind = 'create' and status in ('notStarted', 'running')`,
        [operationId],
      );
    },
    noteRemoval: (operationId, objects) => noteRemoval(database, operationId, objects),

    async passwordVerifier(instanceId) {
      const row = await database.first(
        Verifier,
        "select password_verifier as verifier from instances where id = $1",
        [instanceId],
      );
      return row?.verifier;
    },

    async forgetPasswordVerifier(instanceId) {
      await database.run("update instances set password_verifier = null where id = $1", [
        instanceId,
      ]);
    },

    async setHealthCheck(instanceId, orchestrationId) {
      const changed = await database.run(
        `update instances set health_check_orchestration_id = $2, updated_at = clock_timestamp()
         where id = $1 and state in ('creating', 'running')`,
        [instanceId, orchestrationId],
      );
      return changed === 1;
    },

    async setAddress(instanceId, { certificateCoversAddress }) {
      await database.run(
        `update instances set certificate_covers_address = $2, updated_at = clock_timestamp()
         where id = $1 and state in ('creating', 'running')
           and certificate_covers_address is distinct from $2`,
        [instanceId, certificateCoversAddress],
      );
    },
  };
}

async function findOperation(
  database: Database,
  operationId: string,
): Promise<OperationFacts | undefined> {
  return database.transaction(async (queries) => {
    const operation = await readOperation(queries, operationId);
    if (!operation) return undefined;
    const instance = await readInstance(queries, operation.instanceId);
    if (!instance) return undefined;
    const flag = await queries.first(
      Canceled,
      `select cancel_requested_at as "cancelRequestedAt" from operations where id = $1`,
      [operationId],
    );
    return { operation, instance, cancelRequested: flag?.cancelRequestedAt !== undefined };
  });
}

async function assertWanted(
  database: Database,
  instanceId: string,
  operationId: string,
): Promise<void> {
  const found = await database.first(
    Wanted,
    `select i.state, o.cancel_requested_at as "cancelRequestedAt"
     from instances i left join operations o on o.id = $2 where i.id = $1`,
    [instanceId, operationId],
  );
  if (found?.state !== "creating") {
    const now = found ? `is ${found.state} by now` : "is unknown";
    throw new DomainError("overtaken", `the instance ${now}; nothing more may be made for it`);
  }
  if (found.cancelRequestedAt !== undefined) {
    throw new DomainError("canceled", "the operation was canceled by its user");
  }
}
