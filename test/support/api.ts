import type { Cluster } from "../../src/domain/cluster.ts";
import type { ControlTarget } from "../../src/domain/postgres.ts";
import { jsonLog, type LogSink } from "../../src/durable/log.ts";
import { answer } from "../../src/functions/answer.ts";
import type { ApiServices, ApiSettings } from "../../src/functions/dependencies.ts";
import type { Endpoint } from "../../src/functions/endpoint.ts";
import type { Workflows } from "../../src/functions/workflows.ts";
import { MemoryCatalog } from "./memory-catalog.ts";

export const GENERATED_PASSWORD = "generated-password-canary-012345";
export const CONTROL_PASSWORD = "control-password-canary";
export const CA = "-----BEGIN CERTIFICATE-----\nCA\n-----END CERTIFICATE-----\n";

const settings: ApiSettings = {
  defaultAllowedCidrs: ["203.0.113.0/24"],
  namespaces: ["toygres"],
  maxInstances: 100,
  clusterRegion: "westeurope",
  controlPlaneCidrs: ["198.51.100.7/32"],
};

const unused = async (): Promise<never> => {
  throw new Error("the API is not expected to call this");
};

/** A cluster that has one address and the Secrets of every instance. */
export const cluster: Cluster = {
  apply: unused,
  ensureSecret: unused,
  replaceCertificate: unused,
  readiness: unused,
  list: unused,
  remove: unused,
  forward: unused,
  region: async () => "westeurope",
  endpoint: async () => ({ clusterIp: "10.0.0.7" }),
  ping: async () => undefined,
  async readSecret(kind) {
    const all = {
      bootstrap: { initSql: "", postgresPassword: "" },
      certificate: { certificate: "", key: "key-canary", ca: CA },
      control: { caCertificate: CA, caKey: "key-canary", controlPassword: CONTROL_PASSWORD },
    };
    return all[kind];
  },
};

/** Workflows that note what they are asked for, and all go well. */
export function notedWorkflows(overrides: Partial<Workflows> = {}): {
  readonly workflows: Workflows;
  readonly calls: [keyof Workflows, unknown][];
} {
  const calls: [keyof Workflows, unknown][] = [];
  const note = (what: keyof Workflows) => async (of?: unknown) => void calls.push([what, of]);
  const start = (what: keyof Workflows) => async (of: unknown) => calls.push([what, of]) > 0;
  const workflows: Workflows = {
    startOperation: start("startOperation"),
    startHealthCheck: start("startHealthCheck"),
    startMonitor: start("startMonitor"),
    wake: note("wake"),
    purge: async (of) => note("purge")(of).then(() => []),
    ping: note("ping"),
    progress: async () => undefined,
    isAlive: async () => true,
    standing: async () => ({ state: "alive", movedAt: new Date("2026-11-21T08:00:00.000Z") }),
    restartHealthCheck: start("restartHealthCheck"),
    restartMonitor: start("restartMonitor"),
    ...overrides,
  };
  return { workflows, calls };
}

export interface Call {
  readonly params?: Record<string, string>;
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: Record<string, string>;
  /** Sent as JSON; text and bytes as they are. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: unknown;
  /** All that left the process: the answer, and the lines of the log. */
  readonly everything: string;
}

/** The API over stand-ins, called without a port: values in, an answer out. */
export function api(
  given: Partial<Omit<ApiServices, "settings" | "workflows">> & {
    settings?: Partial<ApiSettings>;
    workflows?: Partial<Workflows>;
  } = {},
) {
  const catalog = new MemoryCatalog();
  const { workflows, calls } = notedWorkflows(given.workflows);
  const passwordsSet: { target: ControlTarget; verifier: string }[] = [];
  const services: ApiServices = {
    clock: { now: () => new Date("2026-11-21T08:00:00.000Z") },
    catalog,
    cluster,
    inspection: { compare: unused, leftovers: unused },
    postgres: {
      test: unused,
      reload: unused,
      setUserPassword: async (target, verifier) => void passwordsSet.push({ target, verifier }),
    },
    passwords: {
      generate: () => GENERATED_PASSWORD,
      verifier: async (password) => `verifier of ${password.length} characters`,
    },
    ...given,
    settings: { ...settings, ...given.settings },
    workflows,
  };
  return {
    catalog,
    calls,
    passwordsSet,
    call: (endpoint: Endpoint<ApiServices>, call: Call = {}) => callOn(endpoint, services, call),
  };
}

async function callOn(
  endpoint: Endpoint<ApiServices>,
  services: ApiServices,
  { params = {}, query = [], headers = {}, body }: Call,
): Promise<Answer> {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const sink: LogSink = { info: write, warn: write, error: write };
  const given = new Headers({
    ...(body !== undefined && { "content-type": "application/json" }),
    ...headers,
  });
  const reply = await answer(
    endpoint,
    { params, query, headers: given, body: body === undefined ? null : chunks(bytesOf(body)) },
    services,
    { requestId: "request-1", log: jsonLog(sink) },
  );
  // Once through JSON, as it is on the wire: what is undefined is absent there.
  const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body);
  return {
    status: reply.status,
    headers: { ...reply.headers },
    body: typeof reply.body === "string" ? text : JSON.parse(text),
    everything: [JSON.stringify(reply.headers), text, ...lines].join("\n"),
  };
}

function bytesOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 16_384) yield bytes.subarray(at, at + 16_384);
}
