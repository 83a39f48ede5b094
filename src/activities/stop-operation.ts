import { z } from "zod";
import { activity } from "../durable/activity.ts";
import { brief } from "./retries.ts";
import { stopOrchestration } from "./stop-orchestration.ts";

export const stopOperation = activity({
  name: "toygres::activity::stop-operation",
  description:
    "Terminates the orchestration of an operation that does not end, for one slice of at most 15 s",
  idempotent: true,
  input: z.object({ operationId: z.string(), reason: z.string() }),
  output: z.object({ stopped: z.boolean() }),
  retry: brief,

  async run({ operationId, reason }, _services: object, { durable }) {
    return { stopped: await stopOrchestration(durable, operationId, { reason, forMs: 15_000 }) };
  },
});
