import { errorFacts } from "../durable/log.ts";
import type { ApiServices } from "./dependencies.ts";
import { defineEndpoint, noBody, noQuery } from "./endpoint.ts";
import { operationIdOf } from "./ids.ts";
import { operationHeaders } from "./start-operation.ts";
import { within } from "./time-limit.ts";

const WAKE_MS = 1_000;

/** The wish is written down, which is what counts; the event only makes it seen sooner. */
export const postOperationCancel = defineEndpoint({
  name: "post-operation-cancel",
  method: "POST",
  route: "operations/{id}/cancel",
  query: noQuery,
  body: noBody,

  async respond(
    { params, log },
    { catalog, workflows }: Pick<ApiServices, "catalog" | "workflows">,
  ) {
    const operation = await catalog.requestCancel(operationIdOf(params));
    try {
      await within(WAKE_MS, workflows.wake(operation.id), {
        code: "durable-unavailable",
        what: "the durable backend",
      });
    } catch (error) {
      log.warn("operation.wake-failed", { operationId: operation.id, ...errorFacts(error) });
    }
    return { status: 202, headers: operationHeaders(operation), body: operation };
  },
});
