import * as functions from "@azure/functions";
import * as df from "durable-functions";
import type { App } from "./app.ts";
import type { Config } from "./config.ts";
import { runInTrace } from "./domain/trace.ts";
import { durableClient } from "./durable/client.ts";
import { jsonLog, type Log } from "./durable/log.ts";
import { register } from "./durable/register.ts";
import { newestVersions } from "./durable/versions.ts";
import { answer } from "./functions/answer.ts";
import type { Endpoint, Reply } from "./functions/endpoint.ts";
import { workflowsOf } from "./functions/workflows.ts";
import type { AppServices } from "./services.ts";

/**
 * Puts the program onto @azure/functions and durable-functions; the one place that knows both. `defaultVersion` is the
 * host's, see `register`.
 */
export function hostOnAzure(
  app: App,
  services: AppServices,
  defaultVersion: string | undefined,
): void {
  const { settings, log } = services;
  register(app.workflows, services, { defaultVersion, log });
  const versionOf = newestVersions(app.workflows.orchestrations);
  const workflowsBy = (client: df.DurableClient) =>
    workflowsOf(durableClient(client, { versionOf }));

  for (const endpoint of app.endpoints) {
    df.app.client.http(endpoint.name, {
      ...triggerOf(endpoint),
      handler: async (request, client, context) => {
        const workflows = workflowsBy(client);
        const deps = { ...services, workflows };
        return responseOf(await answer(endpoint, request, deps, invocationOf(context, settings)));
      },
    });
  }

  for (const endpoint of app.liveness) {
    functions.app.http(endpoint.name, {
      ...triggerOf(endpoint),
      handler: async (request, context) =>
        responseOf(await answer(endpoint, request, undefined, invocationOf(context, settings))),
    });
  }

  for (const timer of app.timers) {
    df.app.client.timer(timer.name, {
      schedule: timer.schedule(settings),
      runOnStartup: timer.atStart,
      handler: async (_timer, client, context) => {
        const workflows = workflowsBy(client);
        const log = logOf(context, settings);
        await runInTrace({ log, facts: { timer: timer.name } }, () =>
          timer.run({ ...services, workflows }, log),
        );
      },
    });
  }
}

function triggerOf({ method, route, authLevel }: Endpoint<never>) {
  return { methods: [method], route, authLevel };
}

function invocationOf(context: functions.InvocationContext, settings: Pick<Config, "logLevel">) {
  return { requestId: context.invocationId, log: logOf(context, settings) };
}

/** From the level that is set; the host has levels of its own, which come on top. */
function logOf(context: functions.InvocationContext, { logLevel }: Pick<Config, "logLevel">): Log {
  const nowhere = (): void => undefined;
  return jsonLog({
    info: logLevel === "info" ? (line) => context.info(line) : nowhere,
    warn: logLevel === "error" ? nowhere : (line) => context.warn(line),
    error: (line) => context.error(line),
  });
}

function responseOf({ status, headers, body }: Reply): functions.HttpResponseInit {
  if (typeof body === "string") return { status, headers: { ...headers }, body };
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}
