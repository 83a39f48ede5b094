import type { Inventory } from "../durable/inventory.ts";
import { defineEndpoint, noBody, noQuery } from "./endpoint.ts";

/** What this app can run: each orchestration and activity with its schemas. It touches nothing. */
export function getRegistry(registry: Inventory) {
  return defineEndpoint({
    name: "get-registry",
    method: "GET",
    route: "registry",
    query: noQuery,
    body: noBody,
    respond: async () => ({ status: 200, body: registry }),
  });
}
