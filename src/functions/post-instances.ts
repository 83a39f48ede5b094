import { randomUUID } from "node:crypto";
import { InstanceSpec } from "../domain/instance.ts";
import { choosePassword, PasswordField, passwordErrors } from "./chosen-password.ts";
import type { ApiServices } from "./dependencies.ts";
import { defineEndpoint, noQuery } from "./endpoint.ts";
import { idempotencyOf } from "./idempotency.ts";
import { refusal } from "./refusal.ts";
import { requestedSpec } from "./requested-spec.ts";
import { noteRequested, operationHeaders, startOperation } from "./start-operation.ts";

type Needs = Pick<ApiServices, "settings" | "catalog" | "passwords" | "workflows">;

/** Writes down what is wanted, starts the work and answers at once. */
export const postInstances = defineEndpoint({
  name: "post-instances",
  method: "POST",
  route: "instances",
  query: noQuery,
  body: InstanceSpec.extend({ password: PasswordField }),

  async respond(
    { body, headers, requestId, log },
    { settings, catalog, passwords, workflows }: Needs,
  ) {
    const { password, ...asked } = body;
    const idempotency = idempotencyOf(headers, "POST /instances", asked);
    const { spec, errors } = requestedSpec(asked, settings);
    const faults = passwordErrors(password);
    if (errors.length > 0) throw refusal([...errors, ...faults]);
    if (faults.length > 0) throw refusal(faults, "invalid-password");

    const { verifier, generated } = await choosePassword(password, passwords);
    const operationId = randomUUID();
    const accepted = await catalog.requestCreate({
      instanceId: randomUUID(),
      operationId,
      spec,
      passwordVerifier: verifier,
      idempotency,
      maxInstances: settings.maxInstances,
    });
    noteRequested(accepted, { requestId, log, operationId });
    await startOperation(accepted, workflows, log);
    const { instance, operation, replayed } = accepted;
    return {
      status: 202,
      headers: {
        location: `/instances/${instance.id}`,
        ...operationHeaders(operation),
        "cache-control": "no-store",
        ...(replayed && { "idempotency-replayed": "true" }),
      },
      body: {
        instance,
        operation,
        ...(generated !== undefined &&
          (replayed ? { passwordOmitted: true } : { password: generated })),
      },
    };
  },
});
