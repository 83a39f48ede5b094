import { z } from "zod";
import { OperationKind, OperationStatus } from "../domain/operation.ts";
import type { ApiServices } from "./dependencies.ts";
import { defineEndpoint, noBody } from "./endpoint.ts";
import { InstanceKey, isInstanceId } from "./ids.ts";
import { paging } from "./paging.ts";

/** Newest first; `instance` is an id, or the name of an instance that is not deleted. */
export const getOperations = defineEndpoint({
  name: "get-operations",
  method: "GET",
  route: "operations",
  query: z.strictObject({
    ...paging,
    instance: InstanceKey.optional(),
    status: OperationStatus.optional(),
    kind: OperationKind.optional(),
  }),
  body: noBody,

  async respond({ query }, { catalog }: Pick<ApiServices, "catalog">) {
    const { instance, ...filter } = query;
    if (instance === undefined) return { status: 200, body: await catalog.listOperations(filter) };
    const instanceId = isInstanceId(instance)
      ? instance
      : (await catalog.findInstance(instance))?.id;
    if (instanceId === undefined) return { status: 200, body: { items: [] } };
    return { status: 200, body: await catalog.listOperations({ ...filter, instanceId }) };
  },
});
