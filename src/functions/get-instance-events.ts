import { z } from "zod";
import type { ApiServices } from "./dependencies.ts";
import { defineEndpoint, noBody } from "./endpoint.ts";
import { foundInstance } from "./found-instance.ts";
import { paging } from "./paging.ts";

/** The timeline of an instance, oldest first; it outlives the instance. */
export const getInstanceEvents = defineEndpoint({
  name: "get-instance-events",
  method: "GET",
  route: "instances/{id}/events",
  query: z.strictObject(paging),
  body: noBody,

  async respond({ params, query }, { catalog }: Pick<ApiServices, "catalog">) {
    const { id } = await foundInstance(params, catalog);
    return { status: 200, body: await catalog.listEvents(id, query) };
  },
});
