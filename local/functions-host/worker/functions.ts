import { Refusal } from "../../processes/refusal.ts";
import { parseRoute, type RouteTemplate } from "../http/route-template.ts";
import { parseNcrontab, type Schedule } from "../timers/ncrontab.ts";
import type { Binding, FunctionMetadata } from "./core.ts";
import type { RegisteredFunction } from "./registry.ts";

const AUTH_LEVELS = ["anonymous", "function", "admin"] as const;
export type AuthLevel = (typeof AUTH_LEVELS)[number];

interface Base extends RegisteredFunction {
  readonly name: string;
  /** The trigger binding's name. */
  readonly trigger: string;
}

export interface HttpFunction extends Base {
  readonly kind: "http";
  /** Without the prefix of host.json. */
  readonly route: string;
  readonly template: RouteTemplate;
  readonly methods: readonly string[];
  readonly authLevel: AuthLevel;
}

export interface TimerFunction extends Base {
  readonly kind: "timer";
  readonly schedule: Schedule;
  readonly runOnStartup: boolean;
}

export interface DurableFunction extends Base {
  readonly kind: "orchestrator" | "activity";
}

export type AppFunction = HttpFunction | TimerFunction | DurableFunction;

/** A function that the host starts without, and why. */
export interface FunctionInError {
  readonly name: string;
  readonly reason: string;
}

export interface SortedFunctions {
  /** By name: the order in which routes are tried. */
  readonly functions: readonly AppFunction[];
  readonly inError: readonly FunctionInError[];
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/;
const OTHER_BINDINGS = ["durableclient", "http"];
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"];

/** What the real host refuses to run is "in error"; what only we can't do stops the start with a sentence. */
export function sortFunctions(
  registered: Iterable<RegisteredFunction>,
  routePrefix: string,
  environment: Readonly<Record<string, string | undefined>>,
): SortedFunctions {
  const functions: AppFunction[] = [];
  const inError: FunctionInError[] = [];
  for (const one of registered) {
    const { name } = one.metadata;
    if (isDisabled(name, environment)) {
      inError.push({ name, reason: `Function '${name}' is disabled via settings.` });
      continue;
    }
    const result = readFunction(one, routePrefix, environment);
    if ("reason" in result) inError.push(result);
    else functions.push(result);
  }
  functions.sort((a, b) => a.name.localeCompare(b.name, "en"));
  return { functions, inError };
}

function isDisabled(name: string, environment: Readonly<Record<string, string | undefined>>) {
  const setting =
    environment[`AzureWebJobs.${name}.Disabled`] ?? environment[`AzureWebJobs_${name}_Disabled`];
  return setting !== undefined && /^(true|1)$/i.test(setting);
}

function readFunction(
  one: RegisteredFunction,
  routePrefix: string,
  environment: Readonly<Record<string, string | undefined>>,
): AppFunction | FunctionInError {
  const { name } = one.metadata;
  const inError = (why: string): FunctionInError => ({
    name,
    reason: `The '${name}' function is in error: ${why}`,
  });
  if (!NAME.test(name)) return inError(`'${name}' is not a valid function name.`);
  const trigger = onlyTrigger(one.metadata);
  const unresolved: string[] = [];
  const options = resolveSettings(trigger, environment, unresolved);
  if (unresolved.length > 0) {
    return inError(
      `Unable to index method. '%${unresolved.join("%', '%")}%' does not resolve to a value.`,
    );
  }
  const base = { ...one, name, trigger: trigger.name };
  switch (trigger.type.toLowerCase()) {
    case "httptrigger":
      return { ...base, kind: "http", ...httpOptions(name, options, routePrefix) };
    case "timertrigger": {
      const schedule = parseNcrontab(String(options["schedule"]));
      if (typeof schedule === "string") return inError(schedule);
      return { ...base, kind: "timer", schedule, runOnStartup: options["runOnStartup"] === true };
    }
    case "orchestrationtrigger":
      return { ...base, kind: "orchestrator" };
    case "activitytrigger":
      return { ...base, kind: "activity" };
    default:
      throw new Refusal(`function "${name}": ${trigger.type} is not supported ${LIST}`);
  }
}

const LIST =
  "by the local functions host, which has httpTrigger, timerTrigger, orchestrationTrigger and activityTrigger, the input durableClient and the output http";

function onlyTrigger({ name, bindings, retryOptions }: FunctionMetadata): Binding {
  if (retryOptions !== undefined && retryOptions !== null) {
    throw new Refusal(
      `function "${name}": retry policies of the host are not supported by the local functions host; use a durable activity's retries`,
    );
  }
  const all = Object.values(bindings);
  const trigger = all.find(({ type }) => type.toLowerCase().endsWith("trigger"));
  if (trigger === undefined) throw new Refusal(`function "${name}" has no trigger`);
  const other = all.find(
    (binding) => binding !== trigger && !OTHER_BINDINGS.includes(binding.type.toLowerCase()),
  );
  if (other !== undefined) {
    throw new Refusal(
      `function "${name}": the ${other.direction}put binding ${other.type} is not supported ${LIST}`,
    );
  }
  return trigger;
}

/** Replaces `%NAME%` in the binding's texts by the setting of that name. */
function resolveSettings(
  binding: Binding,
  environment: Readonly<Record<string, string | undefined>>,
  unresolved: string[],
): Readonly<Record<string, unknown>> {
  const resolve = (value: unknown): unknown =>
    typeof value !== "string"
      ? value
      : value.replace(/%([^%]+)%/g, (all, name: string) => {
          const setting = environment[name];
          if (setting === undefined) unresolved.push(name);
          return setting ?? all;
        });
  return Object.fromEntries(Object.entries(binding).map(([key, value]) => [key, resolve(value)]));
}

function lower(value: unknown): string {
  return typeof value === "string" ? value.toLowerCase() : "";
}

function httpOptions(name: string, options: Readonly<Record<string, unknown>>, prefix: string) {
  const route = typeof options["route"] === "string" ? options["route"] : name;
  const authLevel = AUTH_LEVELS.find(
    (level) => level === lower(options["authLevel"] ?? "function"),
  );
  if (authLevel === undefined) {
    throw new Refusal(
      `function "${name}": its authLevel is not one of anonymous, function and admin`,
    );
  }
  const listed = Array.isArray(options["methods"]) ? options["methods"].map(String) : [];
  const methods = listed.length === 0 ? METHODS : listed.map((method) => method.toUpperCase());
  const template = parseRoute(`${prefix}/${route}`, name);
  return { route, template, methods, authLevel };
}
