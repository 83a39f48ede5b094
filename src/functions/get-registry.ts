import type { Inventory } from "../durable/inventory.ts";
import { defineEndpoint, noBody, noQuery } from "./endpoint.ts";

/** What this app can run: each orchestration and activity with its schemas, described when it is first asked for. */
export function getRegistry(describe: () => Inventory) {
  let registry: Inventory | undefined;
  return defineEndpoint({
    name: "get-registry",
    method: "GET",
    route: "registry",
    query: noQuery,
    body: noBody,
    async respond() {
      registry ??= describe();
      return { status: 200, body: registry };
    },
  });
}
