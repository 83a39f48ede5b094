import { TaskHubError, type TaskHub } from "../engine/task-hub.ts";
import { empty, json, type Answer } from "../http/answer.ts";
import type { Request } from "../http/request.ts";
import type { WebhookAddress } from "../worker/client-payload.ts";
import { refused } from "./errors.ts";
import {
  changeState,
  getStatus,
  listInstances,
  purgeMany,
  purgeOne,
  raiseEvent,
} from "./instances.ts";
import { parameter } from "./queries.ts";
import { start } from "./start.ts";

/** The management API; `path` is what follows the base, the same for the webhook and for the client's own base. */
export async function answerWebhook(
  hub: TaskHub,
  address: WebhookAddress,
  request: Request,
  path: readonly string[],
): Promise<Answer> {
  const asked = parameter(request.url.searchParams, "taskHub");
  if (asked !== undefined && asked.toLowerCase() !== address.taskHubName.toLowerCase()) {
    return empty(404);
  }
  // An id with an escaped slash has one segment more on the real host, which no route fits.
  if (path.some((part) => /%2f/i.test(part))) return empty(404);
  try {
    return await route(hub, address, request, path);
  } catch (error) {
    if (error instanceof TaskHubError) return refused(error);
    throw error;
  }
}

async function route(
  hub: TaskHub,
  address: WebhookAddress,
  request: Request,
  path: readonly string[],
): Promise<Answer> {
  const [area = "", ...rest] = path;
  switch (area.toLowerCase()) {
    case "orchestrators": {
      const [name, id] = rest;
      if (request.method !== "POST" || name === undefined || rest.length > 2) return empty(404);
      return start(hub, address, request, name, id);
    }
    case "instances":
      return instances(hub, request, rest);
    case "entities":
      return unsupported("entities");
    default:
      return empty(404);
  }
}

async function instances(
  hub: TaskHub,
  request: Request,
  [id, operation, eventName, ...more]: readonly string[],
): Promise<Answer> {
  const { method } = request;
  if (more.length > 0) return empty(404);
  if (id === undefined) {
    if (method === "GET") return listInstances(hub, request);
    return method === "DELETE" ? purgeMany(hub, request) : empty(404);
  }
  if (operation === undefined) {
    if (method === "GET") return getStatus(hub, request, id);
    return method === "DELETE" ? purgeOne(hub, id) : empty(404);
  }
  return method === "POST" ? operate(hub, request, id, operation, eventName) : empty(404);
}

async function operate(
  hub: TaskHub,
  request: Request,
  id: string,
  operation: string,
  eventName: string | undefined,
): Promise<Answer> {
  const known = operation.toLowerCase();
  if (known === "raiseevent") {
    return eventName === undefined ? empty(404) : raiseEvent(hub, request, id, eventName);
  }
  if (eventName !== undefined) return empty(404);
  switch (known) {
    case "terminate":
    case "suspend":
    case "resume":
      return changeState(hub, request, id, known);
    case "rewind":
    case "restart":
      return unsupported(known);
    default:
      return empty(404);
  }
}

function unsupported(what: string): Answer {
  return json(501, {
    Message: `The local functions host does not support ${what}; see docs/local-differences.md.`,
  });
}
