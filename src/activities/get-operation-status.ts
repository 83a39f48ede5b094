import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import { InstanceState } from "../domain/instance.ts";
import { OperationKind, OperationStatus, Progress, Step } from "../domain/operation.ts";
import type { Services } from "../domain/services.ts";
import { activity } from "../durable/activity.ts";
import type { Status } from "../durable/client.ts";
import { patient } from "./retries.ts";

/** Orchestrations in these states do not move any more. */
const ENDED = ["Completed", "Failed", "Terminated", "Canceled"];

type Needs = Pick<Services, "clock"> & {
  readonly ledger: Pick<Services["ledger"], "findOperation">;
};

export const getOperationStatus = activity({
  name: "toygres::activity::get-operation-status",
  description:
    "Says how an operation stands in the metadata and its orchestration in the durable backend",
  idempotent: true,
  input: z.object({ operationId: z.string() }),
  output: z.object({
    kind: OperationKind,
    status: OperationStatus,
    deadlineAt: z.iso.datetime(),
    steps: z.array(Step),
    instanceId: z.string(),
    instanceName: z.string(),
    namespace: z.string(),
    instanceState: InstanceState,
    /** `missing`: purged, or never started. */
    orchestration: z.enum(["alive", "ended", "missing"]),
    pastDeadline: z.boolean(),
  }),
  retry: patient,

  async run({ operationId }, services: Needs, { durable }) {
    const found = await services.ledger.findOperation(operationId);
    if (!found)
      throw new DomainError("operation-not-found", `operation "${operationId}" does not exist`);
    const { operation, instance } = found;
    const status = await durable.status(operationId);
    return {
      kind: operation.kind,
      status: operation.status,
      deadlineAt: operation.deadlineAt,
      steps: operation.steps.length > 0 ? operation.steps : stepsOf(status),
      instanceId: instance.id,
      instanceName: instance.name,
      namespace: instance.namespace,
      instanceState: instance.state,
      orchestration: standing(status),
      pastDeadline: services.clock.now().getTime() > Date.parse(operation.deadlineAt),
    };
  },
});

function standing(status: Status | undefined): "alive" | "ended" | "missing" {
  if (!status) return "missing";
  return ENDED.includes(status.state) ? "ended" : "alive";
}

/** While an operation is open, its steps stand in its orchestration's custom status only. */
function stepsOf(status: Status | undefined): Step[] {
  return Progress.safeParse(status?.customStatus).data?.steps ?? [];
}
