import type { OrchestrationContext, OrchestrationHandler } from "durable-functions";
import type { z } from "zod";
import { definitionSite } from "./definition.ts";
import { misuse, RUN, type Context, type Durable, type Run } from "./context.ts";
import { toDomainError, toThrown } from "./envelope.ts";
import { errorFacts, jsonLog } from "./log.ts";
import { toRegisteredName, type OrchestrationName } from "./names.ts";
import type { Used } from "./used.ts";
import { checkVersion } from "./versions.ts";
import { parse, wire, type Schema } from "./wire.ts";

/** The last word of an orchestrator that goes on with a fresh history. Made by `continueAsNew`. */
export class ContinuedAsNew<I> {
  readonly input: I;

  constructor(input: I) {
    this.input = input;
  }
}

/** What others need to know of an orchestration to start it and to read its result. */
export interface OrchestrationContract<I extends Schema, O extends Schema> {
  readonly kind: "orchestration";
  readonly name: OrchestrationName;
  readonly version: string;
  readonly description: string;
  readonly input: I;
  readonly output: O;
}

/** One version of an orchestration whatever its schemas, as a library holds it. */
export interface AnyOrchestration extends OrchestrationContract<Schema, Schema> {
  readonly uses: readonly Used[];
  readonly handler: OrchestrationHandler;
  /** `file:line`. */
  readonly definedAt: string;
}

export interface Orchestration<I extends Schema, O extends Schema>
  extends OrchestrationContract<I, O>, Pick<AnyOrchestration, "uses" | "handler" | "definedAt"> {}

export interface OrchestrationSpec<I extends Schema, O extends Schema> extends Omit<
  OrchestrationContract<I, O>,
  "kind"
> {
  /** All activities and orchestrations that `run` calls: they must be registered beside it. */
  readonly uses: AnyOrchestration["uses"];
  run(ctx: Context, input: z.output<I>): Durable<z.input<O> | ContinuedAsNew<z.input<I>>>;
}

/** A durable, deterministic workflow, as a value. */
export function orchestration<I extends Schema, O extends Schema>(
  spec: OrchestrationSpec<I, O>,
): Orchestration<I, O> {
  const { name, version, description, input, output, uses } = spec;
  toRegisteredName(name);
  checkVersion(version, `"${name}"`);
  const definedAt = definitionSite();

  function* perform(run: Run): Durable<unknown> {
    const parsed = parse(input, run.df.getInput(), "invalid-input", `input of "${name}"`);
    const result = yield* spec.run({ [RUN]: run }, parsed);
    if (run.idle.size > 0) throw misuse("started work was never awaited");
    if (result instanceof ContinuedAsNew) {
      const next = parse(input, result.input, "invalid-input", `next input of "${name}"`);
      run.df.continueAsNew(wire(next, "invalid-input", `next input of "${name}"`));
      return undefined;
    }
    if (run.over) throw misuse("continueAsNew was called and its value not returned");
    const parsedResult = parse(output, result, "invalid-output", `output of "${name}"`);
    return wire(parsedResult, "invalid-output", `output of "${name}"`);
  }

  function* handler(host: OrchestrationContext): Durable<unknown> {
    const { df } = host;
    const run: Run = {
      df,
      sink: host,
      orchestration: name,
      uses: new Set(uses.map((used) => used.name)),
      waiters: new Map(),
      idle: new Set(),
      over: false,
    };
    try {
      return yield* perform(run);
    } catch (error) {
      const facts = { orchestration: name, orchestrationId: df.instanceId, ...errorFacts(error) };
      if (!df.isReplaying) jsonLog(host).error("orchestration.failed", facts);
      throw toThrown(toDomainError(error, name));
    }
  }

  return {
    kind: "orchestration",
    name,
    version,
    description,
    input,
    output,
    uses,
    handler,
    definedAt,
  };
}
