import type { InvocationContext } from "@azure/functions";
import * as df from "durable-functions";
import type { ActivityContext, AnyActivity } from "./activity.ts";
import { durableClient } from "./client.ts";
import { jsonLog } from "./log.ts";
import { toRegisteredName } from "./names.ts";
import type { AnyOrchestration } from "./orchestration.ts";

/** Workflows and their activities under one package's name; `S` is all that the activities need. */
export interface Library<S> {
  readonly name: string;
  readonly orchestrations: readonly AnyOrchestration[];
  readonly activities: readonly AnyActivity<S>[];
}

/** All that any of the activities needs. */
type ServicesOf<A> = (A extends AnyActivity<infer S> ? (needed: S) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

export function library<A extends AnyActivity<never>>(
  name: string,
  items: Pick<Library<never>, "orchestrations"> & { readonly activities: readonly A[] },
): Library<ServicesOf<A>> {
  const seen = new Set<string>();
  for (const item of [...items.orchestrations, ...items.activities]) {
    // Functions' names ignore case on the host; ours have one case, so equality is enough.
    if (seen.has(item.name)) throw new Error(`library "${name}" has "${item.name}" twice`);
    if (!item.name.startsWith(`${name}::`))
      throw new Error(`"${item.name}" does not belong into library "${name}"`);
    seen.add(item.name);
  }
  // What has the needs of all can be handed to each; TypeScript does not see through its own inference here.
  return { name, ...items } as Library<never> as Library<ServicesOf<A>>;
}

/** The part of durable-functions' `app` that a library is put on. */
export interface DurableApp {
  activity(name: string, options: df.ActivityOptions): unknown;
  orchestration(name: string, options: df.OrchestrationOptions): unknown;
}

/** Makes every function of the library known to the host, and hands the services to its activities. */
export function register<S>(
  library: Library<S>,
  services: S,
  { app = df.app }: { readonly app?: DurableApp } = {},
): void {
  assertComplete(library);
  for (const orchestration of library.orchestrations) {
    app.orchestration(toRegisteredName(orchestration.name), { handler: orchestration.handler });
  }
  for (const activity of library.activities) {
    app.activity(toRegisteredName(activity.name), {
      extraInputs: [df.input.durableClient()],
      handler: (input: unknown, host: InvocationContext) =>
        withTimeLimit(activity.timeLimitMs, (signal) =>
          activity.execute(input, services, contextOf(host, signal)),
        ),
    });
  }
}

/** On the real host a call of an unknown activity leaves the orchestration running for ever. */
function assertComplete({ name, orchestrations, activities }: Library<never>): void {
  const known = new Set<string>([...orchestrations, ...activities].map((item) => item.name));
  const missing = orchestrations.flatMap((orchestration) =>
    orchestration.uses
      .filter((used) => !known.has(used.name))
      .map((used) => `"${used.name}" (used by "${orchestration.name}")`),
  );
  if (missing.length > 0)
    throw new Error(`library "${name}" is not complete, it lacks ${missing.join(", ")}`);
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

function contextOf(host: InvocationContext, signal: AbortSignal): ActivityContext {
  const id = host.triggerMetadata?.["instanceId"];
  const orchestrationId = typeof id === "string" ? id : "";
  return {
    log: jsonLog(host, { orchestrationId }),
    orchestrationId,
    get durable() {
      return durableClient(df.getClient(host));
    },
    signal,
  };
}
