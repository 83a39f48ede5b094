import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Refusal } from "../processes/refusal.ts";
import { LOG_LEVELS, type LogLevel } from "./logs/log.ts";

const LogLevelName = z
  .string()
  .transform((name) => name.toLowerCase())
  .pipe(z.enum(LOG_LEVELS));

const DurableTask = z.looseObject({
  hubName: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9]{2,44}$/, "must be 3 to 45 letters and digits")
    .default("TestHubName"),
  defaultVersion: z.string().optional(),
  versionMatchStrategy: z.enum(["None", "Strict", "CurrentOrOlder"]).default("CurrentOrOlder"),
  versionFailureStrategy: z.enum(["Reject", "Fail"]).default("Reject"),
  overridableExistingInstanceStates: z
    .enum(["NonRunningStates", "AnyState"])
    .default("NonRunningStates"),
  maxConcurrentActivityFunctions: z.int().min(1).optional(),
  maxConcurrentOrchestratorFunctions: z.int().min(1).optional(),
  maxOrchestrationActions: z.int().min(1).default(100_000),
});
export type DurableTaskSettings = z.infer<typeof DurableTask>;

const HostJson = z.looseObject({
  version: z.literal("2.0"),
  functionTimeout: z.string().default("00:30:00"),
  logging: z
    .looseObject({ logLevel: z.record(z.string(), LogLevelName).default({}) })
    .default({ logLevel: {} }),
  extensions: z
    .looseObject({
      http: z.looseObject({ routePrefix: z.string().default("api") }).optional(),
      durableTask: DurableTask.optional(),
    })
    .optional(),
});

/** What we read of host.json; other members have no effect here, as `docs/local-differences.md` says. */
export interface HostSettings {
  readonly routePrefix: string;
  readonly functionTimeoutMs: number;
  readonly logLevels: Readonly<Record<string, LogLevel>>;
  readonly durableTask: DurableTaskSettings;
}

export function readHostJson(
  appDirectory: string,
  environment: Readonly<Record<string, string | undefined>>,
): HostSettings {
  const path = join(appDirectory, "host.json");
  if (!existsSync(path)) {
    throw new Refusal(`${appDirectory} has no host.json: it is not the folder of a Functions app`);
  }
  try {
    const text = readFileSync(path, "utf8").replace(/^\uFEFF/, "");
    return parseHostJson(overlaid(JSON.parse(text), environment));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Refusal(`${path} is not a valid host.json: ${why}`, { cause: error });
  }
}

const PREFIX = "azurefunctionsjobhost__";

/** App settings such as `AzureFunctionsJobHost__extensions__durableTask__defaultVersion` override the file, in any case. */
export function overlaid(
  hostJson: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): unknown {
  const result: unknown = structuredClone(hostJson);
  for (const [name, value] of Object.entries(environment)) {
    if (!name.toLowerCase().startsWith(PREFIX) || value === undefined) continue;
    put(result, name.slice(PREFIX.length).split("__"), value);
  }
  return result;
}

function put(into: unknown, [key = "", ...rest]: readonly string[], value: string): void {
  if (typeof into !== "object" || into === null) return;
  const known = Object.keys(into).find((it) => it.toLowerCase() === key.toLowerCase()) ?? key;
  if (rest.length === 0) {
    Reflect.set(into, known, /^\d+$/.test(value) ? Number(value) : value);
    return;
  }
  if (!Reflect.has(into, known)) Reflect.set(into, known, {});
  put(Reflect.get(into, known), rest, value);
}

export function parseHostJson(value: unknown): HostSettings {
  const { logging, extensions, functionTimeout } = HostJson.parse(value);
  return {
    routePrefix: (extensions?.http?.routePrefix ?? "api").replace(/^\/+|\/+$/g, ""),
    functionTimeoutMs: timeSpanMs(functionTimeout),
    logLevels: logging.logLevel,
    durableTask: DurableTask.parse(extensions?.durableTask ?? {}),
  };
}

/** `[d.]hh:mm:ss`, or `-1` for no limit. */
function timeSpanMs(text: string): number {
  if (text === "-1") return Infinity;
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})$/.exec(text);
  if (match === null) throw new Error(`functionTimeout "${text}" is not of the form hh:mm:ss`);
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}
