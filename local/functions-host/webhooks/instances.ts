import { isFinished, type InstanceStatus, type TaskHub } from "../engine/task-hub.ts";
import { empty, json, type Answer } from "../http/answer.ts";
import type { Request } from "../http/request.ts";
import { invalidJson } from "./errors.ts";
import { instanceFilter, listRequest, parameter, statusOptions, wants } from "./queries.ts";
import { messageOf } from "../logs/failure.ts";

/** Times are whole seconds and the members stand in the order of the real host. */
export function statusBody(status: InstanceStatus): Record<string, unknown> {
  return {
    name: status.name,
    instanceId: status.instanceId,
    runtimeStatus: status.runtimeStatus,
    input: status.input ?? null,
    customStatus: status.customStatus ?? null,
    output: status.output ?? null,
    createdTime: wholeSeconds(status.createdTime),
    lastUpdatedTime: wholeSeconds(status.lastUpdatedTime),
    ...(status.historyEvents && { historyEvents: status.historyEvents }),
  };
}

function wholeSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}

export async function getStatus(hub: TaskHub, request: Request, id: string): Promise<Answer> {
  const query = request.url.searchParams;
  const status = await hub.status(id, statusOptions(query));
  if (status === null) return empty(404);
  if (!isFinished(status.runtimeStatus)) {
    return json(202, statusBody(status), { Location: request.url.href, "Retry-After": "5" });
  }
  const failed =
    status.runtimeStatus === "Failed" && wants(query, "returnInternalServerErrorOnFailure");
  return json(failed ? 500 : 200, statusBody(status));
}

export async function listInstances(hub: TaskHub, request: Request): Promise<Answer> {
  const token = request.headers["x-ms-continuation-token"]?.trim();
  const { instances, continuationToken } = await hub.list(
    listRequest(request.url.searchParams, token),
  );
  return json(
    200,
    instances.map(statusBody),
    continuationToken === undefined ? {} : { "x-ms-continuation-token": continuationToken },
  );
}

export async function purgeOne(hub: TaskHub, id: string): Promise<Answer> {
  await hub.purge(id);
  return json(200, { instancesDeleted: 1 });
}

export async function purgeMany(hub: TaskHub, { url }: Request): Promise<Answer> {
  const filter = instanceFilter(url.searchParams);
  if (filter.createdTimeFrom === undefined) {
    return json(400, "Please provide value for 'createdTimeFrom' parameter.");
  }
  const instancesDeleted = await hub.purgeMany(filter);
  return instancesDeleted === 0 ? empty(404) : json(200, { instancesDeleted });
}

export async function raiseEvent(
  hub: TaskHub,
  request: Request,
  id: string,
  name: string,
): Promise<Answer> {
  const status = await hub.status(id, { showInput: false });
  if (status === null) return empty(404);
  if (isFinished(status.runtimeStatus)) return empty(410);
  const [mediaType = ""] = (request.headers["content-type"] ?? "").split(";");
  if (mediaType.trim().toLowerCase() !== "application/json") {
    return json(400, { Message: "Only application/json request content is supported" });
  }
  const body = await request.body();
  if (body === null) return empty(413);
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch (error) {
    return invalidJson(messageOf(error));
  }
  await hub.raiseEvent(id, name, JSON.stringify(value));
  return empty(202);
}

export async function changeState(
  hub: TaskHub,
  request: Request,
  id: string,
  operation: "terminate" | "suspend" | "resume",
): Promise<Answer> {
  await hub[operation](id, parameter(request.url.searchParams, "reason"));
  return empty(202);
}
