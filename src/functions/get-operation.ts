import type { Operation } from "../domain/operation.ts";
import { errorFacts, type Log } from "../durable/log.ts";
import type { ApiServices } from "./dependencies.ts";
import { defineEndpoint, noBody, noQuery } from "./endpoint.ts";
import { noOperation, operationIdOf } from "./ids.ts";
import { retryAfter } from "./start-operation.ts";
import { within } from "./time-limit.ts";

const PROGRESS_MS = 1_000;

/** While it runs, its steps come from the orchestration itself. */
export const getOperation = defineEndpoint({
  name: "get-operation",
  method: "GET",
  route: "operations/{id}",
  query: noQuery,
  body: noBody,

  async respond(
    { params, log },
    { catalog, workflows }: Pick<ApiServices, "catalog" | "workflows">,
  ) {
    const id = operationIdOf(params);
    const operation = await catalog.findOperation(id);
    if (operation === undefined) throw noOperation(id);
    const steps =
      operation.status === "running" ? await liveSteps(operation, workflows, log) : operation.steps;
    return {
      status: 200,
      headers: retryAfter(operation.status),
      body: { ...operation, steps },
    };
  },
});

/** The row's steps are older, but they are there when the durable backend is not. */
async function liveSteps(
  { id, steps }: Operation,
  workflows: Pick<ApiServices["workflows"], "progress">,
  log: Log,
): Promise<Operation["steps"]> {
  try {
    const progress = await within(PROGRESS_MS, workflows.progress(id), {
      code: "durable-unavailable",
      what: "the durable backend",
    });
    return progress?.steps ?? steps;
  } catch (error) {
    log.warn("progress.unknown", { operationId: id, ...errorFacts(error) });
    return steps;
  }
}
