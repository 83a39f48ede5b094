import { z } from "zod";
import { controlTarget } from "../activities/control-target.ts";
import { DomainError } from "../domain/errors.ts";
import type { Instance } from "../domain/instance.ts";
import { errorFacts } from "../durable/log.ts";
import { choosePassword, PasswordField, passwordErrors } from "./chosen-password.ts";
import type { ApiServices } from "./dependencies.ts";
import { defineEndpoint, noQuery } from "./endpoint.ts";
import { foundInstance, refOf } from "./found-instance.ts";
import { refusal } from "./refusal.ts";

type Needs = Pick<ApiServices, "catalog" | "cluster" | "postgres" | "passwords" | "settings">;

/** Sets the user's password in the running server; it is stored nowhere else. */
export const postInstancePassword = defineEndpoint({
  name: "post-instance-password",
  method: "POST",
  route: "instances/{id}/password",
  query: noQuery,
  body: z.strictObject({ password: PasswordField }),
  absentBody: {},

  async respond({ params, body, log }, services: Needs) {
    const { catalog, postgres, passwords } = services;
    const faults = passwordErrors(body.password);
    if (faults.length > 0) throw refusal(faults, "invalid-password");
    const instance = await foundInstance(params, catalog);
    if (instance.state !== "running") {
      throw new DomainError(
        "instance-not-running",
        `instance "${instance.name}" is ${instance.state}; a password can be set while it is running`,
      );
    }
    const { verifier, generated } = await choosePassword(body.password, passwords);
    try {
      await postgres.setUserPassword(await targetOf(instance, services), verifier);
    } catch (error) {
      throw asUnreachable(error, instance);
    }
    try {
      await catalog.recordEvent({
        instanceId: instance.id,
        type: "password.changed",
        message: "the user's password was set anew",
      });
    } catch (error) {
      // The password is set already, and an answer that says otherwise would be wrong.
      log.warn("event.lost", { instanceId: instance.id, ...errorFacts(error) });
    }
    return {
      status: 200,
      headers: { "cache-control": "no-store" },
      body: generated === undefined ? {} : { password: generated },
    };
  },
});

async function targetOf(
  instance: Instance,
  { cluster, settings }: Pick<Needs, "cluster" | "settings">,
) {
  const ref = refOf(instance);
  const address = instance.externalIp ?? (await cluster.endpoint(ref, "internal", 0)).clusterIp;
  if (address === undefined) throw unreachable(instance, "it has no address");
  return controlTarget(ref, address, { cluster, settings });
}

/** Codes of workflows, which are no part of the API. */
const INTERNAL_REASONS: ReadonlySet<DomainError["code"]> = new Set([
  "secret-unreadable",
  "instance-refused",
  "cluster-refused",
  "cluster-conflict",
  "foreign-object",
]);

/** What keeps the control plane out of an instance is not the caller's business; that it may pass, is. */
function asUnreachable(error: unknown, instance: Instance): unknown {
  if (!(error instanceof DomainError)) return error;
  if (!INTERNAL_REASONS.has(error.code)) return error;
  return unreachable(instance, error.message, error);
}

function unreachable({ name }: Instance, why: string, cause?: DomainError): DomainError {
  return new DomainError("instance-unreachable", `instance "${name}" cannot be reached: ${why}`, {
    cause,
  });
}
