import { createHash } from "node:crypto";
import { systemClock } from "./engine/clock.ts";
import type { Clock, FunctionInvoker, TaskHub } from "./engine/task-hub.ts";
import { readHostJson, type HostSettings } from "./host-json.ts";
import { empty, type Answer } from "./http/answer.ts";
import { answerAdmin } from "./http/admin.ts";
import { answerFunction } from "./http/functions.ts";
import { Guard, type Keys } from "./http/keys.ts";
import { listen, type Listener } from "./http/listen.ts";
import type { Request } from "./http/request.ts";
import { listFunctions } from "./listing.ts";
import { failureEntry, messageOf, stackOf } from "./logs/failure.ts";
import type { Log } from "./logs/log.ts";
import { startTimers, type RunningTimers } from "./timers/scheduler.ts";
import { answerWebhook } from "./webhooks/webhook.ts";
import { loadApp, type LoadedApp } from "./worker/app.ts";
import { clientPayload, type WebhookAddress } from "./worker/client-payload.ts";
import type { AppFunction, TimerFunction } from "./worker/functions.ts";

/** The durable engine, running. */
export interface Durable {
  readonly hub: TaskHub;
  stop(): Promise<void>;
}

export interface DurableContext {
  readonly invoker: FunctionInvoker;
  readonly settings: HostSettings;
  /** Of this host alone on this machine, as nobody else has its port. */
  readonly port: number;
  readonly log: Log;
}

export interface HostOptions {
  /** The folder with the app's package.json and host.json; the process moves into it. */
  readonly appDirectory: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Null: nobody needs a key. */
  readonly keys: Keys | null;
  readonly startDurable: (context: DurableContext) => Promise<Durable>;
  readonly log: Log;
  /** host.json, when it was read before. */
  readonly settings?: HostSettings;
  readonly clock?: Clock;
}

export interface RunningHost {
  readonly url: string;
  /** The lines of `func start`. */
  readonly listing: readonly string[];
  stop(): Promise<void>;
}

const STOP_LIMIT_MS = 5000;
const WEBHOOK_PATH = "/runtime/webhooks/durabletask";

/** Loads the app into this process and serves it; one app a process, as its environment and folder are changed. */
export async function startFunctionsHost(options: HostOptions): Promise<RunningHost> {
  const { appDirectory, port, keys, log, startDurable, clock = systemClock } = options;
  const settings = options.settings ?? readHostJson(appDirectory, process.env);
  const guard = new Guard(keys);
  const failed = (error: unknown) => {
    log({
      level: "error",
      category: "Host.General",
      text: `the host failed to answer: ${messageOf(error)}\n${stackOf(error)}`,
    });
  };
  const open: Listener[] = [];
  try {
    const front = await listen(port, failed);
    open.push(front);
    const back = await listen(0, failed);
    open.push(back);
    const address = webhookAddress(front, back, settings, guard);
    const app = await loadApp({
      appDirectory,
      settings,
      websiteHostname: front.authority,
      clientPayload: clientPayload(address),
      log,
    });
    const durable = await startDurable({ invoker: app.invoker, settings, port: front.port, log });
    const timers = startTimers({
      functions: app.functions.filter((fn): fn is TimerFunction => fn.kind === "timer"),
      clock,
      run: (fn, data) => runTimer(app, fn, data, log),
    });
    back.serve((request) => answerRpc(durable.hub, address, request, back.authority));
    front.serve(frontDoor({ app, settings, guard, log, timers, appDirectory, address, durable }));
    const url = `http://${front.authority}`;
    return {
      url,
      listing: listFunctions(app.functions, url, settings.routePrefix),
      stop: () => stop(open, timers, durable, app),
    };
  } catch (error) {
    await Promise.all(open.map((listener) => listener.stop(0)));
    throw error;
  }
}

function webhookAddress(
  front: Listener,
  back: Listener,
  { durableTask }: HostSettings,
  { systemKey }: Guard,
): WebhookAddress {
  return {
    baseUrl: `http://${front.authority}${WEBHOOK_PATH}`,
    rpcBaseUrl: `http://${back.authority}/durabletask/`,
    taskHubName: durableTask.hubName,
    ...(systemKey !== undefined && { systemKey }),
  };
}

/** New work ends first, then the engine, then the app's own clean-up. */
async function stop(
  open: readonly Listener[],
  timers: RunningTimers,
  durable: Durable,
  app: LoadedApp,
): Promise<void> {
  timers.stop();
  const [front, back] = open;
  // The port is kept until the engine has let go: the next host on it takes this one's leases.
  front?.serve(() => Promise.resolve(empty(503)));
  await durable.stop();
  await front?.stop(STOP_LIMIT_MS);
  await back?.stop(STOP_LIMIT_MS);
  await app.stop();
}

interface FrontDoor {
  readonly app: LoadedApp;
  readonly settings: HostSettings;
  readonly guard: Guard;
  readonly log: Log;
  readonly timers: RunningTimers;
  readonly appDirectory: string;
  readonly address: WebhookAddress;
  readonly durable: Durable;
}

/** The public port: admin, webhooks, the landing page, and everything else to the app. */
function frontDoor(door: FrontDoor): (request: Request) => Promise<Answer> {
  const { app, settings, guard, log, timers, appDirectory } = door;
  const functions = { app, guard, log, functionTimeoutMs: settings.functionTimeoutMs };
  const admin = {
    guard,
    appDirectory,
    functions: app.functions,
    routePrefix: settings.routePrefix,
    hostId: `toygres-local-${createHash("sha256").update(appDirectory).digest("hex").slice(0, 8)}`,
    scriptFile: app.entryPoints[0] ?? "",
    runTimer: (fn: TimerFunction) => timers.runNow(fn),
  };
  return async (request) => {
    const key =
      request.headers["x-functions-key"] ?? request.url.searchParams.get("code") ?? undefined;
    const [first = "", second = "", third = "", ...rest] = request.segments;
    if (first === "") return landingPage(request);
    if (first.toLowerCase() === "admin") {
      return answerAdmin(admin, request, request.segments.slice(1), key);
    }
    if (`${first}/${second}`.toLowerCase() === "runtime/webhooks") {
      if (!guard.allowsWebhook(key)) return empty(401);
      if (third.toLowerCase() !== "durabletask") return empty(404);
      return answerWebhook(door.durable.hub, door.address, request, rest);
    }
    return answerFunction(functions, request, key);
  };
}

/** The client's own door has no key, so it answers only to its own name: no page of a browser can reach it. */
async function answerRpc(
  hub: TaskHub,
  address: WebhookAddress,
  request: Request,
  authority: string,
): Promise<Answer> {
  const [base = "", ...path] = request.segments;
  if (request.url.host !== authority || request.headers["origin"] !== undefined) return empty(403);
  return base.toLowerCase() === "durabletask"
    ? answerWebhook(hub, address, request, path)
    : empty(404);
}

function landingPage({ method }: Request): Answer {
  if (method !== "GET" && method !== "HEAD") return empty(404);
  if (/^(true|1)$/i.test(process.env["AzureWebJobsDisableHomepage"] ?? "")) return empty(204);
  return {
    status: 200,
    headers: { "Content-Type": "text/html" },
    body: "<!DOCTYPE html><title>Functions host</title><p>The local functions host is up and running.</p>\n",
  };
}

async function runTimer(
  app: LoadedApp,
  fn: AppFunction,
  data: Parameters<LoadedApp["run"]>[1],
  log: Log,
): Promise<void> {
  try {
    await app.run(fn, data);
  } catch (error) {
    log(failureEntry(fn.name, error));
  }
}
