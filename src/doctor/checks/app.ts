import { z } from "zod";
import { assertSafe } from "../../kubernetes/safe-address.ts";
import { failed, networkCode, ok, skipped, together, type Check, type Outcome } from "../check.ts";

export const app: Check = {
  name: "app",
  about: "the app that runs is healthy, and takes our key",
  async run({ options: { url, key } }, signal) {
    if (url === undefined) return skipped("run with --url URL to ask a running app");
    assertSafe(url.href, "the app");
    const health = await get(new URL("/health", url), {}, signal);
    if (typeof health === "string") return silent(url, health);
    const outcomes = [judgeHealth(health.status, health.body)];
    if (key !== undefined) {
      const listed = await get(
        new URL("/instances?limit=1", url),
        { "x-functions-key": key },
        signal,
      );
      outcomes.push(typeof listed === "string" ? silent(url, listed) : judgeKey(listed.status));
    }
    return together(outcomes);
  },
};

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A text says why there is no answer. */
async function get(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Answer | string> {
  try {
    const response = await fetch(url, { headers, signal, redirect: "manual" });
    const text = await response.text();
    return { status: response.status, body: jsonIn(text) };
  } catch (error) {
    return networkCode(error) ?? "no answer";
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const silent = ({ origin }: URL, why: string): Outcome =>
  failed(`${origin} cannot be reached (${why})`, "Start the app, or correct `--url`.");

const Health = z.object({
  checks: z.record(z.string(), z.object({ status: z.string(), latencyMs: z.number() })),
});

/** Of the answer to `GET /health`. */
export function judgeHealth(status: number, body: unknown): Outcome {
  const checks = Object.entries(Health.safeParse(body).data?.checks ?? {});
  if (checks.length === 0) {
    return failed(
      `what answers at /health is no Toygres (${status})`,
      "Correct `--url`; in Azure, look at the function app's log: it may not have started.",
    );
  }
  const sick = checks.filter(([, check]) => check.status !== "healthy").map(([name]) => name);
  if (sick.length === 0) {
    return ok(`healthy: ${checks.map(([name, it]) => `${name} ${it.latencyMs} ms`).join(", ")}`);
  }
  return failed(
    `unhealthy: ${sick.join(", ")}`,
    "Bring that back; the lines above say what is wrong as seen from here, the app's log as seen from there (`health.failed`).",
  );
}

/** Of the answer to a call that asks for a function key. */
export function judgeKey(status: number): Outcome {
  if (status === 200) return ok("the key is good");
  if (status === 401) {
    return failed(
      "the app does not take the key",
      "Give a function key of it: `az functionapp keys list`.",
    );
  }
  return failed(`a call with the key is answered with ${status}`, "Look at the app's log.");
}
