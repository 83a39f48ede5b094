import { z } from "zod";
import { InstanceSpec } from "../domain/instance.ts";
import { LONGEST_OPERATION_ID } from "../domain/names.ts";
import { OperationKind } from "../domain/operation.ts";
import type { Services } from "../domain/services.ts";
import { activity } from "../durable/activity.ts";
import { patient } from "./retries.ts";
import { subject } from "../domain/subject.ts";

export const beginOperation = activity({
  name: "toygres::activity::begin-operation",
  description: "Moves an operation from notStarted to running, once, and says whether to go on",
  idempotent: true,
  input: z.object({
    ...subject,
    operationId: z
      .string()
      .max(
        LONGEST_OPERATION_ID,
        `the id of a create's or delete's orchestration has at most ${LONGEST_OPERATION_ID} characters`,
      ),
    kind: OperationKind,
    /** From `newGuid`: the same token is this execution's own retry. */
    token: z.string(),
    spec: InstanceSpec.optional(),
  }),
  output: z.object({
    outcome: z.enum(["begun", "taken", "canceled", "overtaken"]),
    deadlineAt: z.iso.datetime(),
    runningCreate: z.string().optional(),
    healthCheckOrchestrationId: z.string().optional(),
  }),
  retry: patient,

  run(input, { ledger }: Pick<Services, "ledger">) {
    return ledger.begin(input);
  },
});
