import { chdir } from "node:process";
import { Refusal } from "../../processes/refusal.ts";
import type { Invocation, FunctionInvoker } from "../engine/task-hub.ts";
import type { HostSettings } from "../host-json.ts";
import { failureEntry } from "../logs/failure.ts";
import type { Log } from "../logs/log.ts";
import { applyLocalSettings } from "../settings.ts";
import type { InvocationRequest, InvocationResponse, NamedData, TypedData } from "./core.ts";
import { sortFunctions, type AppFunction, type FunctionInError } from "./functions.ts";
import { invoke, runHooks } from "./invocation.ts";
import { loadEntryPoints } from "./load.ts";
import { Registry } from "./registry.ts";
import { hookRequire } from "./require-hook.ts";

export interface LoadOptions {
  readonly appDirectory: string;
  readonly settings: HostSettings;
  /** `host:port`, which the durable client of the app needs before it is loaded. */
  readonly websiteHostname: string;
  /** The text of the durableClient binding. */
  readonly clientPayload: string;
  readonly log: Log;
}

/** An app, loaded and closed for registration. */
export interface LoadedApp {
  readonly functions: readonly AppFunction[];
  readonly inError: readonly FunctionInError[];
  readonly entryPoints: readonly string[];
  readonly invoker: FunctionInvoker;
  /** Runs a function with what its trigger brings. */
  run(
    fn: AppFunction,
    data: TypedData | null,
    triggerMetadata?: InvocationRequest["triggerMetadata"],
  ): Promise<InvocationResponse>;
  /** Runs the appTerminate hooks. */
  stop(): Promise<void>;
}

/** Loads the app into this process, in the order of the real worker: settings, folder, entry points, hooks. */
export async function loadApp(options: LoadOptions): Promise<LoadedApp> {
  const { appDirectory, settings, websiteHostname, log } = options;
  const registry = new Registry(log);
  const warn = (text: string) => log({ level: "warning", category: "Host.Startup", text });
  applyLocalSettings(appDirectory, process.env, warn);
  Object.assign(process.env, {
    WEBSITE_HOSTNAME: websiteHostname,
    AZURE_FUNCTIONS_ENVIRONMENT: process.env["AZURE_FUNCTIONS_ENVIRONMENT"] ?? "Development",
    AzureWebJobsScriptRoot: appDirectory,
  });
  chdir(appDirectory);
  hookRequire(registry.core);
  const entryPoints = await loadEntryPoints(appDirectory);
  const hookContext = {
    functionAppDirectory: appDirectory,
    hookData: {},
    appHookData: registry.appHookData,
  };
  await runHooks(registry, "appStart", hookContext);
  await refuseCapabilities(registry);
  registry.freeze();
  const sorted = sortFunctions(registry.functions.values(), settings.routePrefix, process.env);
  for (const { reason } of sorted.inError) {
    log({ level: "error", category: "Host.Startup", text: reason });
  }
  if (sorted.functions.length === 0) warn("No job functions found.");

  const run: LoadedApp["run"] = (fn, data, triggerMetadata) =>
    invoke(
      registry,
      fn,
      { inputData: inputsOf(fn, data, options), ...(triggerMetadata && { triggerMetadata }) },
      log,
    );
  return {
    ...sorted,
    entryPoints,
    run,
    invoker: functionInvoker(sorted.functions, run, log),
    stop: () => runHooks(registry, "appTerminate", { ...hookContext, hookData: {} }),
  };
}

async function refuseCapabilities({ model }: Registry): Promise<void> {
  if (model === undefined) return;
  const { HttpUri: streaming } = await model.getCapabilities({});
  if (streaming !== undefined) {
    throw new Refusal(
      "app.setup({ enableHttpStream: true }) is not supported by the local functions host: take it out, or run the app under func start",
    );
  }
}

/** The trigger's data and one client payload for each durableClient binding. */
function inputsOf(
  { metadata, trigger }: AppFunction,
  data: TypedData | null,
  { clientPayload }: LoadOptions,
): readonly NamedData[] {
  const clients = Object.entries(metadata.bindings)
    .filter(([, binding]) => binding.type.toLowerCase() === "durableclient")
    .map(([name]) => ({ name, data: { string: clientPayload } }));
  return [{ name: trigger, data }, ...clients];
}

function functionInvoker(
  functions: readonly AppFunction[],
  run: LoadedApp["run"],
  log: Log,
): FunctionInvoker {
  const find = (kind: "orchestrator" | "activity", name: string): AppFunction => {
    const found = functions.find(
      (fn) => fn.kind === kind && fn.name.toLowerCase() === name.toLowerCase(),
    );
    if (found === undefined) throw new Error(`the app has no ${kind} "${name}"`);
    return found;
  };
  const namesOf = (kind: AppFunction["kind"]) =>
    functions.filter((fn) => fn.kind === kind).map(({ name }) => name);
  return {
    orchestrators: namesOf("orchestrator"),
    activities: namesOf("activity"),
    async runOrchestrator(name, payload) {
      const { returnValue } = await run(find("orchestrator", name), { string: payload });
      return decode(returnValue);
    },
    async runActivity(name, data, { instanceId }: Invocation) {
      const fn = find("activity", name);
      const typed = data === null ? null : { string: data };
      const metadata = {
        instanceId: { string: instanceId },
        ...(typed && { data: typed, [fn.trigger]: typed }),
      };
      try {
        return decode((await run(fn, typed, metadata)).returnValue);
      } catch (error) {
        log(failureEntry(fn.name, error));
        throw error;
      }
    },
  };
}

/** A function's result as the extension sees it: bytes become Base64 text. */
function decode(value: TypedData | null | undefined): unknown {
  if (value === null || value === undefined) return undefined;
  if (value.json !== undefined) return JSON.parse(value.json);
  if (value.bytes !== undefined) return Buffer.from(value.bytes).toString("base64");
  return value.string ?? value.int ?? value.double;
}
