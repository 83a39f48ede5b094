import {
  isFinished,
  TaskHubError,
  type InstanceFilter,
  type InstanceStatus,
  type ListRequest,
  type RuntimeStatus,
  type StartRequest,
  type TaskHub,
} from "../../local/functions-host/engine/task-hub.ts";
import type { Answer } from "../../local/functions-host/http/answer.ts";
import { pathSegments } from "../../local/functions-host/http/route-template.ts";
import { answerWebhook } from "../../local/functions-host/webhooks/webhook.ts";

const BASE = "http://host:7071";
export const ADDRESS = {
  baseUrl: `${BASE}/runtime/webhooks/durabletask`,
  rpcBaseUrl: "http://127.0.0.1:17071/durabletask/",
  taskHubName: "ProbeHub",
  systemKey: "KEY",
};

/** Instances by id; what is asked of it is written down. */
export class FakeHub implements TaskHub {
  readonly asked: unknown[] = [];
  readonly instances: Readonly<Record<string, RuntimeStatus>>;

  constructor(instances: Readonly<Record<string, RuntimeStatus>>) {
    this.instances = instances;
  }

  async start(request: StartRequest) {
    this.asked.push(request);
    const id = request.instanceId ?? "67a40d05a5494d9ea8311ba9b80b37bf";
    const status = this.instances[id];
    if (status !== undefined && !isFinished(status)) {
      const text = `An Orchestration instance with the status ${status} already exists.`;
      throw new TaskHubError("InstanceExists", text, status);
    }
    return id;
  }

  async status(instanceId: string, options: object = {}): Promise<InstanceStatus | null> {
    const runtimeStatus = this.instances[instanceId];
    if (runtimeStatus === undefined) return null;
    const history = "showHistory" in options && options.showHistory === true;
    return {
      instanceId,
      name: "seq",
      runtimeStatus,
      input: "",
      customStatus: { step: 3 },
      output: isFinished(runtimeStatus) ? ["Hello A"] : null,
      createdTime: new Date("2026-11-21T06:36:24.312Z"),
      lastUpdatedTime: new Date("2026-11-21T06:36:24.999Z"),
      ...(history && { historyEvents: [{ EventType: "ExecutionStarted" }] }),
    };
  }

  async list(request: ListRequest = {}) {
    this.asked.push(request);
    const found = await Promise.all(Object.keys(this.instances).map((id) => this.status(id)));
    const instances = found.filter((one) => one !== null).slice(0, request.top ?? 100);
    return request.top === undefined ? { instances } : { instances, continuationToken: "bHMtZA==" };
  }

  terminate = (id: string, reason?: string) => this.#change("terminate", id, reason);
  suspend = (id: string, reason?: string) => this.#change("suspend", id, reason);
  resume = (id: string, reason?: string) => this.#change("resume", id, reason);

  async #change(operation: string, id: string, reason: string | undefined) {
    const status = this.#open(id);
    if (operation === "resume" && status !== "Suspended") {
      throw new TaskHubError("WrongState", `Cannot resume the orchestration instance ${id}`);
    }
    this.asked.push([operation, id, reason]);
  }

  async raiseEvent(id: string, name: string, input?: string) {
    this.#open(id);
    this.asked.push(["raiseEvent", id, name, input]);
  }

  async purge(id: string) {
    const status = this.instances[id];
    if (status === undefined) throw new TaskHubError("InstanceNotFound", "none");
    if (!isFinished(status)) {
      const text = `Only orchestrations in a terminal state can be purged, but the orchestration with instance ID ${id} has status ${status}`;
      throw new TaskHubError("InstanceNotFinished", text, status);
    }
  }

  async purgeMany(filter: InstanceFilter) {
    this.asked.push(filter);
    const wanted = filter.runtimeStatus ?? [];
    return Object.values(this.instances).filter((status) => wanted.includes(status)).length;
  }

  #open(id: string): RuntimeStatus {
    const status = this.instances[id];
    if (status === undefined) throw new TaskHubError("InstanceNotFound", "none");
    if (isFinished(status)) throw new TaskHubError("InstanceFinished", "over", status);
    return status;
  }
}

export interface Asked {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks the webhook as if over HTTP; `target` is what follows its base. */
export async function ask(
  hub: TaskHub,
  method: string,
  target: string,
  { body, headers }: Asked = {},
) {
  const url = new URL(`${ADDRESS.baseUrl}/${target}`);
  const segments = pathSegments(url.pathname) ?? [];
  const request = {
    method,
    url,
    segments,
    headers: headers ?? {},
    body: async () => Buffer.from(body ?? ""),
  };
  return answerWebhook(hub, ADDRESS, request, segments.slice(3));
}

/** The body, parsed. */
export const value = ({ body }: Answer): unknown =>
  typeof body === "string" ? JSON.parse(body) : (body ?? null);

export const JSON_BODY = { "content-type": "application/json" };

/** A hub with one instance in each state that matters, its id saying which. */
export const hub = () =>
  new FakeHub({ done: "Completed", failed: "Failed", timer: "Running", susp: "Suspended" });
