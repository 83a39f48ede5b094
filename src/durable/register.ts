import type { InvocationContext } from "@azure/functions";
import * as df from "durable-functions";
import type { OrchestrationHandler } from "durable-functions";
import { DomainError } from "../domain/errors.ts";
import type { ActivityContext } from "./activity.ts";
import { durableClient } from "./client.ts";
import { toThrown } from "./envelope.ts";
import { placeOf, quoted, type Library } from "./library.ts";
import { errorFacts, jsonLog, silent, type Log } from "./log.ts";
import { toRegisteredName } from "./names.ts";
import type { AnyOrchestration } from "./orchestration.ts";
import type { Used } from "./used.ts";
import { implementationFor, newestVersions, oldestFirst, type VersionOf } from "./versions.ts";

/** The part of durable-functions' `app` that a library is put on. */
export interface DurableApp {
  activity(name: string, options: df.ActivityOptions): unknown;
  orchestration(name: string, options: df.OrchestrationOptions): unknown;
}

export interface RegisterOptions {
  /** `extensions.durableTask.defaultVersion` of host.json, on which new instances begin. */
  readonly defaultVersion: string | undefined;
  /** Told of every item that another library's took the place of. */
  readonly log?: Log;
  readonly app?: DurableApp;
}

/**
 * Makes every function of the library known to the host, one an orchestration whatever its versions, and hands the
 * services to its activities. Throws, before anything is registered, when it is not complete or host.json does not fit.
 */
export function register<S>(
  library: Library<S>,
  services: S,
  { defaultVersion, log = silent, app = df.app }: RegisterOptions,
): void {
  assertComplete(library);
  assertDefaultVersion(library, defaultVersion);
  for (const { name, winner, loser } of library.overridden) {
    log.info("library.overridden", { name, winner, loser });
  }
  for (const [name, versions] of byName(library.orchestrations)) {
    app.orchestration(toRegisteredName(name), { handler: dispatcher(versions) });
  }
  const versionOf = newestVersions(library.orchestrations);
  for (const activity of library.activities) {
    app.activity(toRegisteredName(activity.name), {
      extraInputs: [df.input.durableClient()],
      handler: (input: unknown, host: InvocationContext) =>
        withTimeLimit(activity.timeLimitMs, (signal) =>
          activity.execute(input, services, contextOf(host, signal, versionOf)),
        ),
    });
  }
}

/** On the real host a call of an unknown activity leaves the orchestration running for ever. */
function assertComplete(library: Library<never>): void {
  const items = [...library.orchestrations, ...library.activities];
  const missing = items.flatMap((item) =>
    item.uses
      .map((used) => ({ used, lack: lackOf(used, item, library) }))
      .filter(({ lack }) => lack !== undefined)
      .map(
        ({ used, lack = "" }) =>
          `${lack}${used.definedAt === undefined ? "" : ` (${used.definedAt})`}, used by "${item.name}"${versionOf(item)} of ${placeOf(item)}`,
      ),
  );
  if (missing.length > 0)
    throw new Error(`library "${library.name}" is not complete, it lacks ${missing.join("; ")}`);
  const idle = items.find(({ overrides }) => overrides);
  if (idle !== undefined) {
    throw new Error(
      `"${idle.name}" of ${placeOf(idle)} overrides nothing: merge its library after the one that has this name`,
    );
  }
}

type Item = Library<never>["orchestrations"][number] | Library<never>["activities"][number];

const versionOf = (item: Item): string => (item.kind === "orchestration" ? ` ${item.version}` : "");

/** An orchestration gives its version to those that it calls: each needs an implementation that is not newer. */
function lackOf(
  used: Used,
  by: Item,
  { orchestrations, activities }: Library<never>,
): string | undefined {
  const versions = orchestrations.filter(({ name }) => name === used.name);
  if (versions.length === 0)
    return activities.some(({ name }) => name === used.name) ? undefined : `"${used.name}"`;
  if (by.kind === "activity" || implementationFor(versions, by.version) !== undefined)
    return undefined;
  return `a version of "${used.name}" that is not newer than ${by.version}`;
}

/** A version above the host's stays pending for ever, and one below it would never begin. */
function assertDefaultVersion(
  { orchestrations }: Library<never>,
  defaultVersion: string | undefined,
): void {
  const newest = oldestFirst(orchestrations).at(-1);
  if (newest === undefined || newest.version === defaultVersion) return;
  const found = defaultVersion === undefined ? "is not set" : `is "${defaultVersion}"`;
  throw new Error(
    `host.json's extensions.durableTask.defaultVersion ${found}, and the highest version is "${newest.version}", of "${newest.name}" (${newest.definedAt}): set it to "${newest.version}"`,
  );
}

function byName(
  orchestrations: readonly AnyOrchestration[],
): Map<AnyOrchestration["name"], AnyOrchestration[]> {
  return Map.groupBy(orchestrations, ({ name }) => name);
}

/** Runs each instance on the implementation of the version that it began with. */
function dispatcher(versions: readonly AnyOrchestration[]): OrchestrationHandler {
  return function* (host) {
    const begunOn = host.df.version;
    const found = implementationFor(versions, begunOn);
    if (found !== undefined) return yield* found.handler(host);
    const known = oldestFirst(versions).map(({ version }) => version);
    const error = new DomainError(
      "version-unknown",
      `this instance began on version "${begunOn}", for which there is no implementation: there are ${quoted(known)}`,
    );
    const { instanceId: orchestrationId, isReplaying } = host.df;
    if (!isReplaying) {
      const facts = { orchestration: versions[0]?.name, orchestrationId, ...errorFacts(error) };
      jsonLog(host).error("orchestration.failed", facts);
    }
    throw toThrown(error);
  };
}

/** Unlike `AbortSignal.timeout`, keeps nothing once the work is done. */
async function withTimeLimit<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), ms);
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
  }
}

function contextOf(
  host: InvocationContext,
  signal: AbortSignal,
  versionOf: VersionOf,
): ActivityContext {
  const id = host.triggerMetadata?.["instanceId"];
  const orchestrationId = typeof id === "string" ? id : "";
  return {
    log: jsonLog(host, { orchestrationId }),
    orchestrationId,
    get durable() {
      return durableClient(df.getClient(host), { versionOf });
    },
    signal,
  };
}
