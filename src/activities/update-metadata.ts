import { z } from "zod";
import { remedyOf } from "../domain/errors.ts";
import { Failure } from "../domain/instance.ts";
import type { JsonObject } from "../domain/json.ts";
import type { OperationEnd } from "../domain/metadata.ts";
import { Step } from "../domain/operation.ts";
import type { Services } from "../domain/services.ts";
import { activity } from "../durable/activity.ts";
import { stubborn } from "./retries.ts";

const ending = {
  operationId: z.string(),
  instanceId: z.string(),
  token: z.string().optional(),
  steps: z.array(Step),
};

/** JSON, as the layer has checked already. */
const Json = z.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

export const updateMetadata = activity({
  name: "toygres::activity::update-metadata",
  description:
    "Ends an operation: instance, operation and event in one transaction, by compare-and-set",
  idempotent: true,
  input: z.discriminatedUnion("to", [
    z.object({
      ...ending,
      to: z.literal("running"),
      facts: z.object({
        ipConnectionString: z.string(),
        dnsConnectionString: z.string().optional(),
        externalIp: z.string().optional(),
        dnsName: z.string().optional(),
        serverVersion: z.string(),
        certificateCoversAddress: z.boolean(),
      }),
      result: Json,
    }),
    z.object({
      ...ending,
      to: z.literal("failed"),
      failure: Failure,
      /** The receipt of the clean-up. */
      result: Json.optional(),
    }),
    z.object({ ...ending, to: z.literal("deleted"), result: Json }),
    z.object({ ...ending, to: z.literal("overtaken") }),
  ]),
  output: z.object({
    instanceId: z.string(),
    /** `overtaken`: a delete has the instance by now; `canceled`: a cancel came before `running`. */
    outcome: z.enum(["done", "overtaken", "canceled"]),
  }),
  retry: stubborn,

  async run(end, { ledger }: { readonly ledger: Pick<Services["ledger"], "end"> }, { log }) {
    const outcome = await ledger.end(explained(end), (ended) => {
      const level = ended.status === "failed" ? "warn" : "info";
      log[level]("operation.ended", { ...ended });
    });
    return { instanceId: end.instanceId, outcome };
  },
});

/** A failure that does not say what to do about it says what its code asks for. */
function explained(end: OperationEnd): OperationEnd {
  if (end.to !== "failed") return end;
  const { action = remedyOf(end.failure.code) } = end.failure;
  return { ...end, failure: { ...end.failure, ...(action && { action }) } };
}
