import { randomUUID } from "node:crypto";
import { isErrorLike } from "../logs/failure.ts";
import type { Log, LogLevel } from "../logs/log.ts";
import type {
  CoreInvocationContext,
  Handler,
  InvocationRequest,
  InvocationResponse,
} from "./core.ts";
import type { HookName, RegisteredFunction, Registry } from "./registry.ts";

export interface InvocationInput {
  readonly inputData: InvocationRequest["inputData"];
  readonly triggerMetadata?: InvocationRequest["triggerMetadata"];
  readonly invocationId?: string;
}

/** Runs one invocation as the real worker does: arguments, hooks, handler, hooks, response. */
export async function invoke(
  registry: Registry,
  { metadata, handler }: RegisteredFunction,
  { inputData, triggerMetadata = {}, invocationId = randomUUID() }: InvocationInput,
  log: Log,
): Promise<InvocationResponse> {
  const { model } = registry;
  if (model === undefined) throw new Error("the app has not set a programming model");
  const hookData = {};
  let context: unknown = null;
  const core = coreContext();
  const invocation = model.getInvocationModel(core);
  const given = await invocation.getArguments();
  ({ context } = given);
  const hooked: Record<string, unknown> & { functionCallback: Handler; inputs: unknown[] } = {
    inputs: given.inputs,
    functionCallback: handler,
    hookData,
    appHookData: registry.appHookData,
    invocationContext: context,
  };

  core.state = "preInvocationHooks";
  await runHooks(registry, "preInvocation", hooked);
  core.state = "invocation";
  try {
    const { functionCallback, inputs } = hooked;
    hooked["result"] = await invocation.invokeFunction(context, inputs, functionCallback);
  } catch (error) {
    hooked["error"] = error ?? new Error("Unknown error");
  }
  core.state = "postInvocationHooks";
  await runHooks(registry, "postInvocation", hooked);
  core.state = undefined;
  if (hooked["error"] !== undefined && hooked["error"] !== null) throw asError(hooked["error"]);
  return await invocation.getResponse(context, hooked["result"]);

  function coreContext(): CoreInvocationContext {
    return {
      invocationId,
      metadata,
      request: { invocationId, functionId: metadata.name, inputData, triggerMetadata },
      state: undefined,
      log: (level: LogLevel, category: "user" | "system", text: string) => {
        const said = { level, message: text };
        const { appHookData } = registry;
        const about = { category, invocationContext: context, hookData, appHookData };
        // A log hook may change level and message of this very object.
        const line = Object.assign(said, about);
        for (const hook of registry.hooks.log) hook(line);
        log({
          level: said.level,
          category: `Function.${metadata.name}${category === "user" ? ".User" : ""}`,
          text: said.message,
          functionName: metadata.name,
          invocationId,
        });
      },
    };
  }
}

export async function runHooks(
  registry: Registry,
  name: HookName,
  context: Record<string, unknown>,
): Promise<void> {
  for (const hook of registry.hooks[name]) await hook(context);
}

/** As the worker wraps what is thrown and is no Error. */
function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  if (typeof thrown === "string") return new Error(thrown);
  return new Error(isErrorLike(thrown) ? thrown.message : JSON.stringify(thrown));
}
