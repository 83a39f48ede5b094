import { randomUUID } from "node:crypto";
import type { EngineOptions } from "./engine-options.ts";
import { historyView } from "./history-view.ts";
import {
  type HistoryEvent,
  eventRaised,
  executionResumed,
  executionSuspended,
  executionTerminated,
} from "./history.ts";
import { alreadyExists } from "./outcome.ts";
import type { InstanceRecord } from "./store.ts";
import {
  type InstanceFilter,
  type InstancePage,
  type InstanceStatus,
  type ListRequest,
  type RuntimeStatus,
  type StartRequest,
  type StatusOptions,
  type TaskHub,
  TaskHubError,
  isFinished,
} from "./task-hub.ts";

const ALIVE: readonly RuntimeStatus[] = ["Pending", "Running", "ContinuedAsNew", "Suspended"];
const AWAKE = ALIVE.filter((status) => status !== "Suspended");
const PAGE = 100;

/** The task hub's requests, answered from the store; the dispatcher is woken by the store. */
export class StoreTaskHub implements TaskHub {
  readonly #options: EngineOptions;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  async start({ name, instanceId, input, version }: StartRequest): Promise<string> {
    const { store, clock, defaultVersion } = this.#options;
    const id = instanceId ?? hexId();
    checkId(id);
    checkJson(input, "the input");
    const existing = await store.create(
      {
        instanceId: id,
        executionId: hexId(),
        name,
        version: version ?? defaultVersion,
        input: input ?? null,
        parent: null,
      },
      clock.now(),
    );
    if (existing !== null)
      throw new TaskHubError("InstanceExists", alreadyExists(existing), existing);
    return id;
  }

  async status(instanceId: string, options: StatusOptions = {}): Promise<InstanceStatus | null> {
    const { store } = this.#options;
    const record = await store.find(instanceId);
    if (!record) return null;
    const status = statusOf(record, options.showInput ?? true);
    if (!options.showHistory) return status;
    const history = await store.history(instanceId);
    return { ...status, historyEvents: historyView(history, options.showHistoryOutput ?? false) };
  }

  async list({
    top = PAGE,
    continuationToken,
    showInput,
    ...filter
  }: ListRequest = {}): Promise<InstancePage> {
    const after = continuationToken === undefined ? null : fromToken(continuationToken);
    const rows = await this.#options.store.list({ ...filter, top: top + 1, after });
    const page = rows.slice(0, top);
    const last = page.at(-1);
    const more = rows.length > top && last ? { continuationToken: toToken(last.instanceId) } : {};
    return { instances: page.map((row) => statusOf(row, showInput ?? true)), ...more };
  }

  async terminate(instanceId: string, reason?: string): Promise<void> {
    await this.#tell(instanceId, executionTerminated(this.#options.clock.now(), reason ?? null));
  }

  async suspend(instanceId: string, reason?: string): Promise<void> {
    const event = executionSuspended(this.#options.clock.now(), reason ?? null);
    await this.#tell(instanceId, event, AWAKE, "suspend");
  }

  async resume(instanceId: string, reason?: string): Promise<void> {
    const event = executionResumed(this.#options.clock.now(), reason ?? null);
    await this.#tell(instanceId, event, ["Suspended"], "resume");
  }

  async raiseEvent(instanceId: string, name: string, input?: string): Promise<void> {
    checkJson(input, "the event's data");
    await this.#tell(instanceId, eventRaised(this.#options.clock.now(), name, input ?? null));
  }

  async purge(instanceId: string): Promise<void> {
    const { store } = this.#options;
    if ((await store.purge({ instanceId, finished: true })) > 0) return;
    const record = await store.find(instanceId);
    if (!record) throw missing(instanceId);
    throw new TaskHubError(
      "InstanceNotFinished",
      `Only orchestrations in a terminal state can be purged, but the orchestration with instance ID ${instanceId} has status ${record.status}`,
      record.status,
    );
  }

  async purgeMany(filter: InstanceFilter): Promise<number> {
    return this.#options.store.purge(filter);
  }

  async #tell(
    instanceId: string,
    event: HistoryEvent,
    allowed: readonly RuntimeStatus[] = ALIVE,
    verb = "",
  ): Promise<void> {
    const { store, clock } = this.#options;
    const message = { instanceId, executionId: null, event, visibleAt: clock.now() };
    const { delivered, status } = await store.send(message, allowed);
    if (delivered) return;
    if (status === null) throw missing(instanceId);
    if (isFinished(status)) {
      const text = `orchestration instance "${instanceId}" has finished with status ${status}`;
      throw new TaskHubError("InstanceFinished", text, status);
    }
    const text = `Cannot ${verb} the orchestration instance ${instanceId} because instance is in the ${status} state.`;
    throw new TaskHubError("WrongState", text, status);
  }
}

function hexId(): string {
  return randomUUID().replaceAll("-", "");
}

function missing(instanceId: string): TaskHubError {
  return new TaskHubError("InstanceNotFound", `No instance with ID '${instanceId}' found.`);
}

/** An id of 101 characters was seen accepted by the real host, so there is no limit of length. */
function checkId(id: string): void {
  if (id !== "" && !/^@|[/\\#?\p{Cc}]/u.test(id)) return;
  throw new TaskHubError(
    "InvalidRequest",
    `instance id "${id}" is not allowed: it must not be empty, begin with @ or contain / \\ # ? or control characters`,
  );
}

function checkJson(text: string | undefined, what: string): void {
  if (text === undefined) return;
  try {
    JSON.parse(text);
  } catch {
    throw new TaskHubError("InvalidRequest", `${what} must be valid JSON`);
  }
}

function toToken(instanceId: string): string {
  return Buffer.from(instanceId).toString("base64");
}

function fromToken(token: string): string {
  return Buffer.from(token, "base64").toString();
}

function statusOf(record: InstanceRecord, showInput: boolean): InstanceStatus {
  return {
    name: record.name,
    instanceId: record.instanceId,
    runtimeStatus: record.status,
    input: showInput ? parsedOrText(record.input) : null,
    customStatus: parsedOrText(record.customStatus),
    output: parsedOrText(record.output),
    createdTime: new Date(record.createdAt),
    lastUpdatedTime: new Date(record.updatedAt),
  };
}

/** Failure texts and reasons are no JSON and stay texts. */
function parsedOrText(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
