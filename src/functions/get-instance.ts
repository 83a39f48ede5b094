import type { ApiServices } from "./dependencies.ts";
import { defineEndpoint, noBody, noQuery } from "./endpoint.ts";
import { foundInstance } from "./found-instance.ts";

export const getInstance = defineEndpoint({
  name: "get-instance",
  method: "GET",
  route: "instances/{id}",
  query: noQuery,
  body: noBody,

  async respond({ params }, { catalog }: Pick<ApiServices, "catalog">) {
    return { status: 200, body: await foundInstance(params, catalog) };
  },
});
