import { InvocationContext } from "@azure/functions";
import type { OrchestrationHandler } from "durable-functions";
import { createRequire } from "node:module";
import type { FunctionInvoker, Invocation } from "../../../local/functions-host/engine/task-hub.ts";

type Listener = (trigger: unknown, context: InvocationContext) => Promise<unknown>;

// The library's own executor; it is not among its typed exports.
const { createOrchestrator } = createRequire(import.meta.url)(
  "durable-functions/lib/src/util/testingUtils.js",
) as { createOrchestrator: (handler: OrchestrationHandler) => Listener };

export type ActivityBody = (input: unknown, invocation: Invocation) => unknown;

export interface AppParts {
  readonly orchestrators?: Readonly<Record<string, OrchestrationHandler>>;
  readonly activities?: Readonly<Record<string, ActivityBody>>;
}

/** An app of durable functions without a host: orchestrators run in the real durable-functions library. */
export function libraryApp({ orchestrators = {}, activities = {} }: AppParts): FunctionInvoker {
  const listeners = new Map(
    Object.entries(orchestrators).map(([name, body]) => [name, createOrchestrator(body)]),
  );
  return {
    orchestrators: Object.keys(orchestrators),
    activities: Object.keys(activities),
    async runOrchestrator(name, payload) {
      const context = new InvocationContext({ functionName: name, logHandler: () => undefined });
      const state = await listeners.get(name)!(JSON.parse(payload, datesOfHistory), context);
      return JSON.parse(JSON.stringify(state)) as unknown;
    },
    async runActivity(name, data, invocation) {
      return await activities[name]!(data === null ? undefined : typed(data), invocation);
    },
  };
}

/** As the worker does: each text called `Timestamp` becomes a date. */
function datesOfHistory(key: string, value: unknown): unknown {
  return key === "Timestamp" && typeof value === "string" ? new Date(value) : value;
}

function typed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
