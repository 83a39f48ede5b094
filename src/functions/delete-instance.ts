import { randomUUID } from "node:crypto";
import type { ApiServices } from "./dependencies.ts";
import { defineEndpoint, noBody, noQuery } from "./endpoint.ts";
import { idempotencyOf } from "./idempotency.ts";
import { instanceKeyOf } from "./ids.ts";
import { noteRequested, operationHeaders, startOperation } from "./start-operation.ts";

type Needs = Pick<ApiServices, "catalog" | "workflows">;

/** While a delete runs, asking again gives the same operation. */
export const deleteInstance = defineEndpoint({
  name: "delete-instance",
  method: "DELETE",
  route: "instances/{id}",
  query: noQuery,
  body: noBody,

  async respond({ params, headers, requestId, log }, { catalog, workflows }: Needs) {
    const instance = instanceKeyOf(params);
    const idempotency = idempotencyOf(headers, `DELETE /instances/${instance}`, {});
    const operationId = randomUUID();
    const accepted = await catalog.requestDelete({ operationId, instance, idempotency });
    noteRequested(accepted, { requestId, log, operationId });
    await startOperation(accepted, workflows, log);
    return {
      status: 202,
      headers: {
        ...operationHeaders(accepted.operation),
        ...(accepted.replayed && { "idempotency-replayed": "true" }),
      },
      body: accepted.operation,
    };
  },
});
