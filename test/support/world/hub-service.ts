import { TaskHubError, type TaskHub } from "../../../local/functions-host/engine/task-hub.ts";
import { toFoundStatus, type DurableService } from "../../../src/durable/status.ts";

/** A task hub as the service behind the typed client, without a host between them. */
export function hubService(hub: () => TaskHub): DurableService {
  return {
    async start({ name, id, input, version }) {
      const request = { name, instanceId: id, input: JSON.stringify(input) };
      const refused = await refusal(hub().start({ ...request, ...(version && { version }) }));
      return refused === undefined ? "started" : meant(refused, "InstanceExists", "exists");
    },
    async status(id) {
      const found = await hub().status(id);
      return found === null ? "not-found" : toFoundStatus(found);
    },
    async terminate(id, reason) {
      return accepted(await refusal(hub().terminate(id, reason)));
    },
    async raise(id, event, payload) {
      return accepted(await refusal(hub().raiseEvent(id, event, JSON.stringify(payload))));
    },
    async purge(id) {
      const refused = await refusal(hub().purge(id));
      return refused === undefined ? "purged" : meant(refused, "InstanceNotFound", "not-found");
    },
  };
}

async function refusal(call: Promise<unknown>): Promise<TaskHubError | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof TaskHubError) return error;
    throw error;
  }
}

function meant<T>(refused: TaskHubError, code: TaskHubError["code"], outcome: T): T {
  if (refused.code === code) return outcome;
  throw refused;
}

function accepted(refused: TaskHubError | undefined): "accepted" | "not-found" {
  if (refused === undefined || refused.code === "InstanceFinished") return "accepted";
  return meant(refused, "InstanceNotFound", "not-found");
}
