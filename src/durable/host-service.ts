import type { DurableClient as HostClient } from "durable-functions";
import { setTimeout as delay } from "node:timers/promises";
import { DomainError } from "../domain/errors.ts";
import { refused, toFoundStatus, unanswered, type DurableService } from "./status.ts";

// Only the text of the library's errors tells them apart.
const NOT_FOUND = /HTTP 404 response/;
const NO_INSTANCE = /No instance with ID/;
const EXISTS = /already exists/;

/** The service as a function of the app reaches it: through durable-functions' own client. */
export function hostService(host: HostClient, timeLimitMs: number): DurableService {
  const ask = <T>(what: string, call: Promise<T>): Promise<T | Refusal> =>
    answered(what, call, timeLimitMs);

  return {
    async start({ name, id, input, version }) {
      const options = { instanceId: id, input, ...(version !== undefined && { version }) };
      const answer = await ask("start", host.startNew(name, options));
      return answer instanceof Refusal ? answer.expect(EXISTS, "exists") : "started";
    },

    async status(id) {
      const answer = await ask("status", host.getStatus(id));
      return answer instanceof Refusal
        ? answer.expect(NOT_FOUND, "not-found")
        : toFoundStatus(answer);
    },

    async terminate(id, reason) {
      // The library puts the reason into a URL as it is.
      const answer = await ask("terminate", host.terminate(id, encodeURIComponent(reason)));
      return answer instanceof Refusal ? answer.expect(NO_INSTANCE, "not-found") : "accepted";
    },

    async raise(id, event, payload) {
      const answer = await ask("raise", host.raiseEvent(id, event, payload));
      return answer instanceof Refusal ? answer.expect(NO_INSTANCE, "not-found") : "accepted";
    },

    async purge(id) {
      const answer = await ask("purge", host.purgeInstanceHistory(id));
      if (answer instanceof Refusal) throw answer.toError();
      return answer.instancesDeleted > 0 ? "purged" : "not-found";
    },
  };
}

/** A call that ended in an error of the library. */
class Refusal {
  readonly #what: string;
  readonly #text: string;

  constructor(what: string, text: string) {
    this.#what = what;
    this.#text = text;
  }

  expect<const T>(text: RegExp, meaning: T): T {
    if (text.test(this.#text)) return meaning;
    throw this.toError();
  }

  toError(): DomainError {
    return refused(this.#what, /status code: (\d{3})/.exec(this.#text)?.[1]);
  }
}

async function answered<T>(
  what: string,
  call: Promise<T>,
  timeLimitMs: number,
): Promise<T | Refusal> {
  const patience = new AbortController();
  const late = delay(timeLimitMs, undefined, { signal: patience.signal }).then((): never => {
    throw unanswered(what, timeLimitMs);
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
