import type { DurableClient as HostClient, DurableOrchestrationStatus } from "durable-functions";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import { fromThrown } from "./envelope.ts";
import { checkEventName, checkInstanceId, toCanonicalName, toRegisteredName } from "./names.ts";
import type { OrchestrationContract } from "./orchestration.ts";
import { parse, wire, type Schema, type WireObject } from "./wire.ts";

/** An instance together with what it is an instance of. */
export interface Handle<I extends Schema, O extends Schema> {
  readonly id: string;
  readonly orchestration: OrchestrationContract<I, O>;
}

export interface StartResult<I extends Schema, O extends Schema> {
  /** Whether this call began it, or found one with this id that has not ended. */
  readonly outcome: "started" | "already-started";
  readonly handle: Handle<I, O>;
}

/** How an instance stands: only a finished one has an output, only a failed one an error. */
export type Status<T = unknown> = {
  readonly id: string;
  /** The canonical name; the function's own if it is none of ours. */
  readonly name: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly customStatus: unknown;
} & (
  | { readonly state: "Pending" | "Running" | "ContinuedAsNew" | "Suspended" }
  | { readonly state: "Completed"; readonly output: T }
  | { readonly state: "Failed"; readonly error: DomainError }
  | { readonly state: "Terminated" | "Canceled"; readonly reason: string }
);

/** The typed client of the orchestrations. Each call has a time limit; what stays unanswered is `durable-unavailable`. */
export interface DurableClient {
  start<I extends Schema, O extends Schema>(
    orchestration: OrchestrationContract<I, O>,
    input: z.input<I>,
    options: { readonly id: string },
  ): Promise<StartResult<I, O>>;
  /** Waits for the end; after `timeoutMs` it throws `deadline-passed`. */
  wait<I extends Schema, O extends Schema>(
    handle: Handle<I, O>,
    timeoutMs: number,
  ): Promise<Ended<z.output<O>>>;
  /** Undefined if there is no such instance. */
  status(id: string): Promise<Status | undefined>;
  status<I extends Schema, O extends Schema>(
    handle: Handle<I, O>,
  ): Promise<Status<z.output<O>> | undefined>;
  /** False if there is no such instance. Lost now and then by the service against a continueAsNew: look again. */
  terminate(id: string, reason: string): Promise<boolean>;
  /** False if there is no such instance. */
  raise(id: string, event: string, payload?: WireObject): Promise<boolean>;
  /** Forgets an ended instance; false if there was none. */
  purge(id: string): Promise<boolean>;
}

export type Ended<T = unknown> = Extract<
  Status<T>,
  { readonly state: "Completed" | "Failed" | "Terminated" | "Canceled" }
>;

export interface ClientOptions {
  /** How long one call may take. */
  readonly timeLimitMs?: number;
  /** How often `wait` looks. */
  readonly pollMs?: number;
}

export function durableClient(
  host: HostClient,
  { timeLimitMs = 4000, pollMs = 200 }: ClientOptions = {},
): DurableClient {
  const ask = <T>(what: string, call: Promise<T>): Promise<T | Refusal> =>
    answered(what, call, timeLimitMs);

  async function status(of: string | Handle<Schema, Schema>): Promise<Status | undefined> {
    const { id, orchestration } =
      typeof of === "string" ? { id: of, orchestration: undefined } : of;
    const answer = await ask("status", host.getStatus(checkInstanceId(id)));
    if (answer instanceof Refusal) {
      answer.expect(NOT_FOUND, undefined);
      return;
    }
    return toStatus(answer, orchestration);
  }

  const client: DurableClient = {
    async start(orchestration, input, { id }) {
      const subject = `input of "${orchestration.name}"`;
      const checked = wire(
        parse(orchestration.input, input, "invalid-input", subject),
        "invalid-input",
        subject,
      );
      const name = toRegisteredName(orchestration.name);
      const answer = await ask(
        "start",
        host.startNew(name, { instanceId: checkInstanceId(id), input: checked }),
      );
      const outcome =
        answer instanceof Refusal ? answer.expect(EXISTS, "already-started" as const) : "started";
      return { outcome, handle: { id, orchestration } };
    },

    async wait(handle, timeoutMs) {
      const giveUpAt = performance.now() + timeoutMs;
      for (;;) {
        const now = await client.status(handle);
        if (now === undefined) {
          throw new DomainError("orchestration-lost", `there is no orchestration "${handle.id}"`);
        }
        if (hasEnded(now)) return now;
        if (performance.now() + pollMs > giveUpAt) {
          throw new DomainError(
            "deadline-passed",
            `"${handle.id}" is still ${now.state} after ${timeoutMs} ms`,
          );
        }
        await delay(pollMs);
      }
    },

    // With a handle the output was parsed by that handle's own schema.
    status,

    async terminate(id, reason) {
      // The reason is put into a URL as it is.
      const text = encodeURIComponent(reason.slice(0, 200));
      const answer = await ask("terminate", host.terminate(checkInstanceId(id), text));
      return answer instanceof Refusal ? answer.expect(NO_INSTANCE, false) : true;
    },

    async raise(id, event, payload = {}) {
      const data = wire(payload, "invalid-input", `event "${event}"`);
      const answer = await ask(
        "raise",
        host.raiseEvent(checkInstanceId(id), checkEventName(event), data),
      );
      return answer instanceof Refusal ? answer.expect(NO_INSTANCE, false) : true;
    },

    async purge(id) {
      const answer = await ask("purge", host.purgeInstanceHistory(checkInstanceId(id)));
      if (answer instanceof Refusal) throw answer.toError();
      return answer.instancesDeleted > 0;
    },
  };
  return client;
}

export function hasEnded<T>(status: Status<T>): status is Ended<T> {
  return ["Completed", "Failed", "Terminated", "Canceled"].includes(status.state);
}

// Only the text of the library's errors tells them apart.
const NOT_FOUND = /HTTP 404 response/;
const NO_INSTANCE = /No instance with ID/;
const EXISTS = /already exists/;

/** A call that the service, or our patience, refused. */
class Refusal {
  readonly #what: string;
  readonly #text: string;

  constructor(what: string, text: string) {
    this.#what = what;
    this.#text = text;
  }

  expect<T>(text: RegExp, meaning: T): T {
    if (text.test(this.#text)) return meaning;
    throw this.toError();
  }

  /** Its text stays behind: it can carry the address of the service with its key. */
  toError(): DomainError {
    const status = /status code: (\d{3})/.exec(this.#text)?.[1];
    const answer = status === undefined ? "" : ` with status ${status}`;
    return new DomainError(
      "durable-unavailable",
      `the durable service refused "${this.#what}"${answer}`,
    );
  }
}

async function answered<T>(
  what: string,
  call: Promise<T>,
  timeLimitMs: number,
): Promise<T | Refusal> {
  const patience = new AbortController();
  const late = delay(timeLimitMs, undefined, { signal: patience.signal }).then((): never => {
    throw new DomainError(
      "durable-unavailable",
      `the durable service did not answer "${what}" within ${timeLimitMs} ms`,
    );
  });
  try {
    return await Promise.race([call, late]);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    return new Refusal(what, String(error));
  } finally {
    patience.abort();
  }
}

const runtimeState = z.enum([
  "Pending",
  "Running",
  "ContinuedAsNew",
  "Suspended",
  "Completed",
  "Failed",
  "Terminated",
  "Canceled",
]);

function toStatus(
  found: DurableOrchestrationStatus,
  contract: OrchestrationContract<Schema, Schema> | undefined,
): Status {
  const name = toCanonicalName(found.name) ?? found.name;
  const common = {
    id: found.instanceId,
    name,
    createdAt: found.createdTime,
    updatedAt: found.lastUpdatedTime,
    customStatus: found.customStatus,
  };
  const state = runtimeState.parse(found.runtimeStatus);
  switch (state) {
    case "Completed": {
      const output = contract
        ? parse(contract.output, found.output, "invalid-output", `output of "${name}"`)
        : found.output;
      return { ...common, state, output };
    }
    case "Failed":
      return { ...common, state, error: fromThrown(String(found.output), name) };
    case "Terminated":
    case "Canceled":
      return { ...common, state, reason: String(found.output) };
    case "Pending":
    case "Running":
    case "ContinuedAsNew":
    case "Suspended":
      return { ...common, state };
  }
}
