import { z } from "zod";
import { DomainError } from "../domain/errors.ts";
import {
  refused,
  toFoundStatus,
  unanswered,
  unintelligible,
  type DurableService,
} from "./status.ts";
import type { WireObject } from "./wire.ts";

export interface WebhookAddress {
  /** Of the function app. */
  readonly url: string;
  /** The system key of the Durable extension. */
  readonly key: string | undefined;
  readonly timeLimitMs: number;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * The service as anyone reaches it: over the management webhooks of the Durable extension, whose HTTP status decides.
 * Throws `invalid-input` for an address or a key that it would not be right to use.
 */
export function webhookService({ url, key, timeLimitMs }: WebhookAddress): DurableService {
  const base = webhooksOf(url, key !== undefined);
  const headers = {
    "content-type": "application/json",
    ...(key !== undefined && { "x-functions-key": checkKey(key) }),
  };

  async function ask(
    what: string,
    method: string,
    path: string,
    body?: WireObject,
  ): Promise<Answer> {
    const signal = AbortSignal.timeout(timeLimitMs);
    try {
      const response = await fetch(`${base}/${path}`, {
        method,
        headers,
        signal,
        // A key must not go where a redirect leads.
        redirect: "error",
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: response.status, text: await response.text() };
    } catch {
      throw signal.aborted ? unanswered(what, timeLimitMs) : unreachable(what);
    }
  }

  /** To an instance: it says 410 when that has ended. */
  async function send(what: string, path: string, body?: WireObject) {
    const { status } = await ask(what, "POST", path, body);
    if (status === 202 || status === 410) return "accepted";
    if (status === 404) return "not-found";
    throw unexpected(what, status);
  }

  return {
    async start({ name, id, input, version }) {
      const query = version === undefined ? "" : `?version=${encodeURIComponent(version)}`;
      const answer = await ask("start", "POST", `orchestrators/${name}/${id}${query}`, input);
      if (answer.status === 202) return "started";
      if (answer.status === 409 || existsForOlderExtension(answer)) return "exists";
      throw unexpected("start", answer.status);
    },

    async status(id) {
      const { status, text } = await ask("status", "GET", `instances/${id}?showInput=false`);
      if (status === 200 || status === 202) return toFoundStatus(json(text));
      if (status === 404) return "not-found";
      throw unexpected("status", status);
    },

    terminate: (id, reason) =>
      send("terminate", `instances/${id}/terminate?reason=${encodeURIComponent(reason)}`),

    raise: (id, event, payload) => send("raise", `instances/${id}/raiseEvent/${event}`, payload),

    async purge(id) {
      const { status, text } = await ask("purge", "DELETE", `instances/${id}`);
      if (status === 404) return "not-found";
      if (status !== 200) throw unexpected("purge", status);
      const { success, data } = Purged.safeParse(json(text));
      if (!success) throw unintelligible("purge");
      return data.instancesDeleted > 0 ? "purged" : "not-found";
    },
  };
}

const Purged = z.object({ instancesDeleted: z.number() });

const Exists = z.object({ ExceptionMessage: z.string().endsWith("already exists.") });

/** Before 409 was made of it, that an id is taken came out as any other exception of the extension does. */
function existsForOlderExtension({ status, text }: Answer): boolean {
  return status === 500 && Exists.safeParse(json(text)).success;
}

/** Undefined when it is none. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unexpected(what: string, status: number): DomainError {
  if (status !== 401 && status !== 403) return refused(what, status);
  return new DomainError(
    "durable-unavailable",
    `the durable service refused "${what}" with status ${status}: the system key is missing or wrong`,
    { retryable: false },
  );
}

function unreachable(what: string): DomainError {
  return new DomainError(
    "durable-unavailable",
    `the durable service could not be asked for "${what}": it is not reachable at its url, or redirects elsewhere`,
  );
}

/** No refusal quotes the url or the key: either can hold a secret. */
function webhooksOf(url: string, keyed: boolean): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== "https:" && parsed?.protocol !== "http:") {
    throw new DomainError(
      "invalid-input",
      "the url of the function app is no http or https address: write one such as https://NAME.azurewebsites.net",
    );
  }
  if (parsed.username + parsed.password + parsed.search + parsed.hash !== "") {
    throw new DomainError(
      "invalid-input",
      "the url of the function app has user info, a query or a fragment: write its address alone, and pass the key as key",
    );
  }
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(parsed.hostname);
  if (keyed && parsed.protocol === "http:" && !loopback) {
    throw new DomainError(
      "invalid-input",
      "the url of the function app is not https: a key is sent in the clear to loopback only",
    );
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}/runtime/webhooks/durabletask`;
}

/** What no header can hold would be quoted in the error of `fetch`. */
function checkKey(key: string): string {
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new DomainError(
      "invalid-input",
      "the system key is empty or has characters that no key has: copy it again, without blanks around it",
    );
  }
  return key;
}
