import type { AppFunction, TimerFunction } from "../worker/functions.ts";
import { empty, json, type Answer } from "./answer.ts";
import type { Guard } from "./keys.ts";
import type { Request } from "./request.ts";

export interface AdminDesk {
  readonly guard: Guard;
  readonly functions: readonly AppFunction[];
  readonly appDirectory: string;
  readonly routePrefix: string;
  readonly hostId: string;
  readonly scriptFile: string;
  runTimer(fn: TimerFunction): void;
}

/** `/admin/…`; `path` is what follows `admin`. */
export async function answerAdmin(
  desk: AdminDesk,
  request: Request,
  path: readonly string[],
  key: string | undefined,
): Promise<Answer> {
  const route = path.map((part) => part.toLowerCase());
  if (route.join("/") === "host/ping") {
    return {
      status: 200,
      headers: { "Cache-Control": "no-store,no-cache", Pragma: "no-cache" },
    };
  }
  const allowed = desk.guard.admin(key);
  if (allowed !== 200) return empty(allowed);
  if (route.join("/") === "host/status") {
    return request.method === "GET" ? json(200, status(desk)) : empty(404);
  }
  const [area, name = "", ...more] = route;
  return area === "functions" && more.length === 0 ? functions(desk, request, name) : empty(404);
}

async function functions(desk: AdminDesk, request: Request, name: string): Promise<Answer> {
  if (request.method === "GET") return list(desk, request, name);
  return request.method === "POST" && name !== "" ? run(desk, request, name) : empty(404);
}

function status({ hostId }: AdminDesk) {
  return {
    id: hostId,
    state: "Running",
    version: "4.1037.0.0",
    versionDetails: "4.1037.0",
    platformVersion: "",
    instanceId: "",
    computerName: "",
    processUptime: Math.round(process.uptime() * 1000),
    functionAppContentEditingState: "Unknown",
  };
}

function list(desk: AdminDesk, { url }: Request, name: string): Answer {
  const described = (fn: AppFunction) => describe(desk, fn, url.origin);
  if (name === "") return json(200, desk.functions.map(described));
  const found = desk.functions.find((fn) => fn.name.toLowerCase() === name);
  return found === undefined ? empty(404) : json(200, described(found));
}

function describe(desk: AdminDesk, fn: AppFunction, origin: string) {
  const route = fn.kind === "http" ? [desk.routePrefix, fn.route].filter(Boolean).join("/") : null;
  return {
    name: fn.name,
    script_root_path_href: null,
    script_href: null,
    config_href: null,
    test_data_href: null,
    href: `${origin}/admin/functions/${fn.name}`,
    invoke_url_template: route === null ? null : `${origin}/${route}`,
    language: "node",
    config: {
      name: fn.name,
      entryPoint: "",
      scriptFile: desk.scriptFile,
      language: "node",
      functionDirectory: desk.appDirectory,
      bindings: Object.entries(fn.metadata.bindings).map(([name, binding]) => ({
        ...binding,
        name,
      })),
    },
    files: null,
    test_data: "",
    isDisabled: false,
    isDirect: false,
    isProxy: false,
  };
}

/** Runs a timer by hand, beside its schedule and beside other such calls, as the real host does. */
async function run(desk: AdminDesk, request: Request, name: string): Promise<Answer> {
  const found = desk.functions.find((fn) => fn.name.toLowerCase() === name);
  if (found === undefined) return empty(404);
  const body = await request.body();
  if (body === null || !isJsonObject(body.toString("utf8"))) return empty(400);
  if (found.kind !== "timer") {
    return json(501, {
      Message: `The local functions host runs only timers by hand; '${found.name}' has another trigger.`,
    });
  }
  desk.runTimer(found);
  return empty(202);
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
