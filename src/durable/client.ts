import type { DurableClient as HostClient } from "durable-functions";
import { setTimeout as delay } from "node:timers/promises";
import type { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import { hostService } from "./host-service.ts";
import { checkEventName, checkInstanceId, toRegisteredName } from "./names.ts";
import type { OrchestrationContract } from "./orchestration.ts";
import { hasEnded, toStatus, type DurableService, type Ended, type Status } from "./status.ts";
import { checkVersion, type VersionOf } from "./versions.ts";
import { webhookService } from "./webhook-service.ts";
import { parse, wire, type Schema, type WireObject } from "./wire.ts";

export { hasEnded, type Ended, type Status } from "./status.ts";

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

export interface StartOptions {
  readonly id: string;
  /** The version that it begins on. Absent: the newest of that orchestration in this app; outside, the host's default. */
  readonly version?: string;
}

/** The typed client of the orchestrations. Each call has a time limit; what stays unanswered is `durable-unavailable`. */
export interface DurableClient {
  start<I extends Schema, O extends Schema>(
    orchestration: OrchestrationContract<I, O>,
    input: z.input<I>,
    options: StartOptions,
  ): Promise<StartResult<I, O>>;
  /** Waits for the end, through outages of the service; after `timeoutMs` it throws `deadline-passed`. */
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

export interface ClientOptions {
  /** How long one call may take. */
  readonly timeLimitMs?: number;
  /** How often `wait` looks. */
  readonly pollMs?: number;
}

/** The client inside a function of the app, where `host` is what durable-functions gives it. */
export function durableClient(
  host: HostClient,
  {
    timeLimitMs = 4000,
    pollMs = 200,
    versionOf,
  }: ClientOptions & { readonly versionOf?: VersionOf } = {},
): DurableClient {
  return clientOf(hostService(host, timeLimitMs), pollMs, versionOf);
}

export interface WebhookClientOptions extends ClientOptions {
  /** The function app's address, http or https: `https://NAME.azurewebsites.net`, `http://127.0.0.1:7071`. */
  readonly url: string;
  /** The system key `durabletask_extension`; a host that asks for no keys needs none. In the clear it goes to loopback only. */
  readonly key?: string | undefined;
}

/**
 * The client anywhere else: it asks the management webhooks of the function app at `url`. `timeLimitMs` is 10 s and
 * `pollMs` 500 ms when absent. Throws `invalid-input` for a url or key that it does not take; a call with a key that is
 * missing or wrong is `durable-unavailable` and not retryable.
 */
export function webhookClient({
  url,
  key,
  timeLimitMs = 10_000,
  pollMs = 500,
}: WebhookClientOptions): DurableClient {
  return clientOf(webhookService({ url, key, timeLimitMs }), pollMs);
}

/** The client of a service, however that is reached. */
export function clientOf(
  service: DurableService,
  pollMs: number,
  versionOf: VersionOf = () => undefined,
): DurableClient {
  async function status(of: string | Handle<Schema, Schema>): Promise<Status | undefined> {
    const { id, orchestration } =
      typeof of === "string" ? { id: of, orchestration: undefined } : of;
    const found = await service.status(checkInstanceId(id));
    return found === "not-found" ? undefined : toStatus(found, orchestration);
  }

  /** How it stands now; an error that may pass is no reason to stop waiting. */
  async function seen<I extends Schema, O extends Schema>(
    handle: Handle<I, O>,
  ): Promise<Status<z.output<O>> | DomainError> {
    try {
      const found = await client.status(handle);
      if (found !== undefined) return found;
    } catch (error) {
      if (error instanceof DomainError && error.retryable) return error;
      throw error;
    }
    throw new DomainError("orchestration-lost", `there is no orchestration "${handle.id}"`);
  }

  const client: DurableClient = {
    async start(orchestration, input, { id, version = versionOf(orchestration.name) }) {
      const subject = `input of "${orchestration.name}"`;
      const checked = wire(
        parse(orchestration.input, input, "invalid-input", subject),
        "invalid-input",
        subject,
      );
      const outcome = await service.start({
        name: toRegisteredName(orchestration.name),
        id: checkInstanceId(id),
        input: checked,
        version: version === undefined ? undefined : checkedVersion(version),
      });
      return {
        outcome: outcome === "exists" ? "already-started" : outcome,
        handle: { id, orchestration },
      };
    },

    async wait(handle, timeoutMs) {
      const giveUpAt = performance.now() + timeoutMs;
      let last = "was never seen";
      for (;;) {
        const now = await within(giveUpAt - performance.now(), seen(handle));
        if (now instanceof DomainError) last = `could not be asked for: ${now.message}`;
        else if (now !== "late") {
          if (hasEnded(now)) return now;
          last = `is still ${now.state}`;
        }
        if (performance.now() + pollMs > giveUpAt) {
          throw new DomainError("deadline-passed", `"${handle.id}" ${last}, after ${timeoutMs} ms`);
        }
        await delay(pollMs);
      }
    },

    // With a handle the output was parsed by that handle's own schema.
    status,

    async terminate(id, reason) {
      // Cut within a pair of surrogates it could not be encoded.
      const text = reason.slice(0, 200).toWellFormed();
      return (await service.terminate(checkInstanceId(id), text)) === "accepted";
    },

    async raise(id, event, payload = {}) {
      const data = wire(payload, "invalid-input", `event "${event}"`);
      const outcome = await service.raise(checkInstanceId(id), checkEventName(event), data);
      return outcome === "accepted";
    },

    async purge(id) {
      return (await service.purge(checkInstanceId(id))) === "purged";
    },
  };
  return client;
}

/** A version that the host would not know leaves the instance standing for ever, so at least its form is checked. */
function checkedVersion(version: string): string {
  try {
    return checkVersion(version, "the start");
  } catch (error) {
    throw new DomainError("invalid-input", error instanceof Error ? error.message : "no version");
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T | "late"> {
  const patience = new AbortController();
  const late = delay(Math.max(0, ms), "late" as const, { signal: patience.signal });
  // Whichever of the two comes second is read by nobody.
  for (const one of [work, late]) one.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    patience.abort();
  }
}
