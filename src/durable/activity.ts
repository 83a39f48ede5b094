import type { z } from "zod";
import { runInTrace } from "../domain/trace.ts";
import type { DurableClient } from "./client.ts";
import { definitionSite } from "./definition.ts";
import { lostActivity, toDomainError, type Envelope } from "./envelope.ts";
import { errorFacts, type Facts, type Log } from "./log.ts";
import { toRegisteredName, type ActivityName } from "./names.ts";
import type { Used } from "./used.ts";
import { parse, wire, type Schema } from "./wire.ts";

/** How often `call` tries an activity whose error is retryable, and how long it waits in between. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly backoff: number;
  readonly maxDelayMs: number;
}

/** What an activity is given beside its input and its services. */
export interface ActivityContext {
  readonly log: Log;
  /** The id of the orchestration that called it. */
  readonly orchestrationId: string;
  readonly durable: DurableClient;
  /** Aborted when the activity's time is over. */
  readonly signal: AbortSignal;
}

/** What an orchestrator needs to know of an activity. */
export interface ActivityContract<
  I extends Schema,
  O extends Schema,
  R extends RetryPolicy | undefined,
> {
  readonly kind: "activity";
  readonly name: ActivityName;
  readonly description: string;
  readonly idempotent: boolean;
  readonly input: I;
  readonly output: O;
  readonly retry: R;
  /** `file:line`. */
  readonly definedAt: string;
}

/** An activity whatever its schemas, as a library holds it. */
export interface AnyActivity<S> extends ActivityContract<Schema, Schema, RetryPolicy | undefined> {
  /** Orchestrations that it starts. */
  readonly uses: readonly Used[];
  /** Its steps are logged only when they fail. */
  readonly quiet: boolean;
  /** Never throws: the outcome is in the envelope. */
  readonly execute: (input: unknown, services: S, context: ActivityContext) => Promise<Envelope>;
  readonly timeLimitMs: number;
}

export interface Activity<I extends Schema, O extends Schema, R extends RetryPolicy | undefined, S>
  extends
    ActivityContract<I, O, R>,
    Pick<AnyActivity<S>, "execute" | "timeLimitMs" | "uses" | "quiet"> {
  /** The same without a durable engine: parses both ways and throws what fails. */
  readonly run: (input: z.input<I>, services: S, context: ActivityContext) => Promise<z.output<O>>;
}

export interface ActivitySpec<
  I extends Schema,
  O extends Schema,
  R extends RetryPolicy | undefined,
  S,
> {
  readonly name: ActivityName;
  readonly description: string;
  readonly idempotent: boolean;
  readonly input: I;
  readonly output: O;
  readonly retry?: R;
  /** Orchestrations that `run` starts with the durable client: they must be registered beside it. */
  readonly uses?: readonly Used[];
  /** For what a loop does all day: one line for each good turn of each instance would drown, and cost, all others. */
  readonly quiet?: boolean;
  /** After so long it is given up and counts as lost; its signal is aborted. */
  readonly timeLimitMs?: number;
  run(input: z.output<I>, services: S, context: ActivityContext): Promise<z.input<O>>;
}

/** One atomic step with side effects, as a value. */
export function activity<
  I extends Schema,
  O extends Schema,
  S,
  const R extends RetryPolicy | undefined = undefined,
>(spec: ActivitySpec<I, O, R, S>): Activity<I, O, R, S> {
  return define(spec, definitionSite());
}

/** The same activity done another way: for the `overrides` of a library. The contract stays, as its callers know it. */
export function override<I extends Schema, O extends Schema, R extends RetryPolicy | undefined, S>(
  original: ActivityContract<I, O, R> & Pick<AnyActivity<never>, "timeLimitMs" | "uses" | "quiet">,
  run: ActivitySpec<I, O, R, S>["run"],
): Activity<I, O, R, S> {
  return define({ ...original, run }, definitionSite());
}

function define<I extends Schema, O extends Schema, S, R extends RetryPolicy | undefined>(
  spec: ActivitySpec<I, O, R, S>,
  definedAt: string,
): Activity<I, O, R, S> {
  const { name, description, idempotent, input, output } = spec;
  const { uses = [], quiet = false, timeLimitMs = 60_000 } = spec;
  toRegisteredName(name);

  const run = async (raw: unknown, services: S, context: ActivityContext): Promise<z.output<O>> => {
    const parsed = parse(input, raw, "invalid-input", `input of "${name}"`);
    const result = await withinSignal(spec.run(parsed, services, context), context.signal, name);
    return parse(output, result, "invalid-output", `output of "${name}"`);
  };

  const execute = async (
    raw: unknown,
    services: S,
    context: ActivityContext,
  ): Promise<Envelope> => {
    const { log } = context;
    const facts = { activity: name, ...subjectOf(raw) };
    const startedAt = performance.now();
    const took = (): number => Math.round(performance.now() - startedAt);
    if (!quiet) log.info("step.started", facts);
    try {
      const result = await runInTrace({ log, facts, quiet }, () => run(raw, services, context));
      const ok = wire(result, "invalid-output", `output of "${name}"`);
      if (!quiet) log.info("step.ended", { ...facts, outcome: "ok", ms: took() });
      return { ok };
    } catch (error) {
      const known = toDomainError(error, name);
      log.warn("step.ended", {
        ...facts,
        outcome: known.code,
        ms: took(),
        ...errorFacts(error),
      });
      return { error: known.toEnvelope() };
    }
  };

  // R is undefined exactly when the spec has no `retry`, which TypeScript cannot see.
  const retry = spec.retry as R;
  return {
    kind: "activity",
    name,
    description,
    idempotent,
    input,
    output,
    retry,
    definedAt,
    uses,
    quiet,
    timeLimitMs,
    run,
    execute,
  };
}

/** The ids that say in each line whom a step is for. */
function subjectOf(input: unknown): Facts {
  if (typeof input !== "object" || input === null) return {};
  const { operationId, instanceId } = input as Readonly<Record<string, unknown>>;
  return {
    ...(typeof operationId === "string" && { operationId }),
    ...(typeof instanceId === "string" && { instanceId }),
  };
}

async function withinSignal<T>(work: Promise<T>, signal: AbortSignal, name: string): Promise<T> {
  const overtime = Promise.withResolvers<never>();
  const onAbort = (): void => overtime.reject(lostActivity(name));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, overtime.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
