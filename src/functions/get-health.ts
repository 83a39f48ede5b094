import { z } from "zod";
import { errorFacts, type Log } from "../durable/log.ts";
import type { ApiServices } from "./dependencies.ts";
import { defineEndpoint, noBody, type Endpoint, type Reply } from "./endpoint.ts";
import { within } from "./time-limit.ts";

const CHECK_MS = 2_000;
/** Until it has answered once: a process that has just begun finds the cluster, signs in, and opens its connections. */
const FIRST_CHECK_MS = 8_000;
const CACHED_MS = 5_000;

/** Probes put all kinds of things behind the question mark. */
const anyQuery = z.looseObject({});

type Needs = Pick<ApiServices, "catalog" | "cluster" | "workflows" | "clock">;

interface Check {
  readonly status: "healthy" | "unhealthy";
  readonly latencyMs: number;
}

/** That the process answers; it touches nothing. */
export const getHealthLive = defineEndpoint({
  name: "get-health-live",
  method: "GET",
  route: "health/live",
  authLevel: "anonymous",
  query: anyQuery,
  body: noBody,
  respond: async () => ({ status: 200, body: { status: "healthy" } }),
});

/** Whether what the control plane depends on answers. The answer is kept for 5 s, so that probes cost next to nothing. */
export function getHealth(): Endpoint<Needs> {
  const met = new Set<string>();
  let last: { readonly at: number; readonly reply: Promise<Reply> } | undefined;
  return defineEndpoint({
    name: "get-health",
    method: "GET",
    route: "health",
    authLevel: "anonymous",
    query: anyQuery,
    body: noBody,

    async respond({ log }, services: Needs) {
      const at = services.clock.now().getTime();
      if (last === undefined || at - last.at >= CACHED_MS || at < last.at) {
        last = { at, reply: look(services, met, log) };
      }
      return last.reply;
    },
  });
}

async function look(services: Needs, met: Set<string>, log: Log): Promise<Reply> {
  const [metadata, cluster, durable] = await Promise.all([
    check("metadata", () => services.catalog.ping(), met, log),
    check("cluster", () => services.cluster.ping(), met, log),
    check("durable", () => services.workflows.ping(), met, log),
  ]);
  const healthy = [metadata, cluster, durable].every(({ status }) => status === "healthy");
  return {
    status: healthy ? 200 : 503,
    headers: { "cache-control": "no-store", ...(!healthy && { "retry-after": "5" }) },
    body: {
      status: healthy ? "healthy" : "unhealthy",
      checks: { metadata, cluster, durable },
    },
  };
}

async function check(
  what: string,
  ping: () => Promise<void>,
  met: Set<string>,
  log: Log,
): Promise<Check> {
  const startedAt = performance.now();
  const latency = (): number => Math.round(performance.now() - startedAt);
  try {
    await within(met.has(what) ? CHECK_MS : FIRST_CHECK_MS, ping(), { code: "internal", what });
    met.add(what);
    return { status: "healthy", latencyMs: latency() };
  } catch (error) {
    log.warn("health.failed", { dependency: what, ...errorFacts(error) });
    return { status: "unhealthy", latencyMs: latency() };
  }
}
