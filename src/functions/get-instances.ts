import { z } from "zod";
import { HealthStatus, InstanceName, InstanceState } from "../domain/instance.ts";
import type { ApiServices } from "./dependencies.ts";
import { defineEndpoint, noBody } from "./endpoint.ts";
import { paging } from "./paging.ts";

/** Deleted instances are listed only when asked for by their state. */
export const getInstances = defineEndpoint({
  name: "get-instances",
  method: "GET",
  route: "instances",
  query: z.strictObject({
    ...paging,
    state: InstanceState.optional(),
    health: HealthStatus.optional(),
    name: InstanceName.optional(),
  }),
  body: noBody,

  async respond({ query }, { catalog }: Pick<ApiServices, "catalog">) {
    return { status: 200, body: await catalog.listInstances(query) };
  },
});
