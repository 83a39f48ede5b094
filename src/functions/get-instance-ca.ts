import { DomainError } from "../domain/errors.ts";
import type { Instance } from "../domain/instance.ts";
import type { ApiServices } from "./dependencies.ts";
import { defineEndpoint, noBody, noQuery } from "./endpoint.ts";
import { foundInstance, refOf } from "./found-instance.ts";

/** What a client of the instance gives as `sslrootcert`. */
export const getInstanceCa = defineEndpoint({
  name: "get-instance-ca",
  method: "GET",
  route: "instances/{id}/ca.pem",
  query: noQuery,
  body: noBody,

  async respond({ params }, { catalog, cluster }: Pick<ApiServices, "catalog" | "cluster">) {
    const instance = await foundInstance(params, catalog);
    const secret = await certificateOf(instance, cluster);
    if (secret === undefined) {
      throw new DomainError(
        "instance-not-running",
        `instance "${instance.name}" is ${instance.state} and has no certificate now`,
      );
    }
    return {
      status: 200,
      headers: { "content-type": "application/x-pem-file" },
      body: secret.ca,
    };
  },
});

async function certificateOf(instance: Instance, cluster: ApiServices["cluster"]) {
  if (instance.state === "deleted" || instance.state === "deleting") return undefined;
  try {
    return await cluster.readSecret("certificate", refOf(instance));
  } catch (error) {
    if (!(error instanceof DomainError) || error.code === "cluster-unavailable") throw error;
    // Which of the cluster's refusals it is, is for the log.
    throw new DomainError(
      "cluster-unavailable",
      `the certificate of instance "${instance.name}" cannot be read: ${error.message}`,
      { cause: error },
    );
  }
}
