import { setTimeout as pause } from "node:timers/promises";
import type { InstanceStatus, TaskHub } from "../engine/task-hub.ts";
import { empty, json, type Answer } from "../http/answer.ts";
import type { Request } from "../http/request.ts";
import { managementUrls, type WebhookAddress } from "../worker/client-payload.ts";
import { exception, invalidJson } from "./errors.ts";
import { statusBody } from "./instances.ts";
import { parameter } from "./queries.ts";
import { messageOf } from "../logs/failure.ts";

export async function start(
  hub: TaskHub,
  address: WebhookAddress,
  request: Request,
  name: string,
  instanceId: string | undefined,
): Promise<Answer> {
  const wait = waitOf(request.url.searchParams);
  if (wait !== null && wait.pollingMs > wait.timeoutMs) {
    return exception(
      400,
      "One or more of the arguments submitted is incorrect",
      "Total timeout should be bigger than retry timeout",
      "System.ArgumentException",
    );
  }
  const body = await request.body();
  if (body === null) return empty(413);
  const input = body.toString("utf8");
  if (input !== "") {
    try {
      JSON.parse(input);
    } catch (error) {
      return invalidJson(messageOf(error));
    }
  }
  const version = parameter(request.url.searchParams, "version");
  const id = await hub.start({
    name,
    ...(input !== "" && { input }),
    ...(instanceId !== undefined && { instanceId }),
    ...(version !== undefined && { version }),
  });
  const ended = wait === null ? null : await ending(hub, id, wait);
  return ended === null ? started(address, id) : endAnswer(ended);
}

/** The check-status answer: no rewind in its list, unlike the client's own. */
function started(address: WebhookAddress, id: string): Answer {
  const all = managementUrls(address, id);
  const urls = Object.fromEntries(Object.entries(all).filter(([name]) => name !== "rewindPostUri"));
  return json(202, urls, { Location: all.statusQueryGetUri, "Retry-After": "10" });
}

interface Wait {
  readonly timeoutMs: number;
  readonly pollingMs: number;
}

/** `timeout` and `pollingInterval` are seconds; either of them asks for waiting (10 s and 1 s by default). */
function waitOf(query: URLSearchParams): Wait | null {
  const seconds = (name: string) => {
    const value = Number(parameter(query, name) ?? Number.NaN);
    return Number.isFinite(value) && value > 0 ? value * 1000 : undefined;
  };
  const [timeoutMs, pollingMs] = [seconds("timeout"), seconds("pollingInterval")];
  if (timeoutMs === undefined && pollingMs === undefined) return null;
  return { timeoutMs: timeoutMs ?? 10_000, pollingMs: pollingMs ?? 1000 };
}

async function ending(hub: TaskHub, id: string, wait: Wait): Promise<InstanceStatus | null> {
  const until = performance.now() + wait.timeoutMs;
  for (;;) {
    const status = await hub.status(id);
    if (status !== null && ENDS.includes(status.runtimeStatus)) return status;
    const left = until - performance.now();
    if (left <= 0) return null;
    await pause(Math.min(wait.pollingMs, left));
  }
}

const ENDS: readonly string[] = ["Completed", "Canceled", "Terminated", "Failed"];

function endAnswer(status: InstanceStatus): Answer {
  if (status.runtimeStatus === "Completed") return json(200, status.output ?? null);
  return json(status.runtimeStatus === "Failed" ? 500 : 200, statusBody(status));
}
