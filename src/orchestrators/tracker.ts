import type { ActivityContract, RetryPolicy } from "../durable/activity.ts";
import {
  call,
  now,
  setProgress,
  type CallOptions,
  type Context,
  type Durable,
} from "../durable/steps.ts";
import type { Schema } from "../durable/wire.ts";
import { afterwards } from "../domain/advice.ts";
import { DomainError } from "../domain/errors.ts";
import type { Step } from "../domain/operation.ts";
import { z } from "zod";

/** As long as a sentence of a step may be. */
const SENTENCE = 300;

/** The steps of one operation as its user sees them; each change is shown in the custom status. */
export class Tracker {
  readonly #ctx: Context;
  #steps: Step[];

  /** Once known: no attempt of a step begins after it. */
  deadline: Date | undefined;

  /** By name for steps that are to come, or as another orchestration has shown them. */
  constructor(ctx: Context, steps: readonly (string | Step)[]) {
    this.#ctx = ctx;
    this.#steps = steps.map((step) => (typeof step === "string" ? pending(step) : step));
  }

  /** A copy, with `last` shown as done: for the write that ends the operation and is itself its last step. */
  snapshot(last?: string): Step[] {
    const at = now(this.#ctx).toISOString();
    return this.#steps.map((step) =>
      step.name === last
        ? { ...step, status: "succeeded", attempts: step.attempts + 1, endedAt: at }
        : { ...step },
    );
  }

  /** A step that only an operation that goes wrong has; of that name there is one. */
  append(name: string): void {
    this.#steps = [...this.#steps.filter((step) => step.name !== name), pending(name)];
  }

  /** Runs `body` as the step `name`, which has succeeded unless `isFailure` finds otherwise in what it gave. */
  *step<T>(
    name: string,
    body: () => Durable<T>,
    isFailure: (result: T) => boolean = () => false,
  ): Durable<T> {
    const startedAt = now(this.#ctx).toISOString();
    this.#change(name, () => ({ status: "running", startedAt }));
    try {
      const result = yield* body();
      const status = isFailure(result) ? "failed" : "succeeded";
      this.#change(name, () => ({ status, endedAt: now(this.#ctx).toISOString() }));
      return result;
    } catch (error) {
      this.#change(name, () => ({ status: "failed", endedAt: now(this.#ctx).toISOString() }));
      throw error;
    }
  }

  /** Calls an activity within the step `name`, counting each attempt; none begins after the operation's deadline. */
  *call<I extends Schema, O extends Schema>(
    name: string,
    activity: ActivityContract<I, O, RetryPolicy | undefined>,
    input: z.input<I>,
    { beyondDeadline = false }: { readonly beyondDeadline?: boolean } = {},
  ): Durable<z.output<O>> {
    const deadline = beyondDeadline ? undefined : this.deadline;
    return yield* call(this.#ctx, activity, input, {
      ...(deadline && { deadline }),
      ...this.watching(name),
    });
  }

  /** Has the attempts of a call counted in the step `name`, and shows why the next one is waited for. */
  watching(name: string): Pick<CallOptions, "onAttempt" | "onRetry"> {
    return {
      onAttempt: () => this.#change(name, ({ attempts }) => ({ attempts: attempts + 1 })),
      onRetry: (error) => this.waiting(name, error.message, specificAction(error)),
    };
  }

  /** Says why a step waits, and what its user can do about it. */
  waiting(name: string, waitingFor: string | undefined, action?: string): void {
    this.#change(name, () => ({
      waitingFor: waitingFor?.slice(0, SENTENCE),
      action: action?.slice(0, SENTENCE),
    }));
  }

  /** What never began is shown as skipped, and what was cut off, nobody knows when, as failed. */
  skipRest(): void {
    for (const { name, status } of this.#steps) {
      if (status === "pending") this.#change(name, () => ({ status: "skipped" }));
      if (status === "running") this.#change(name, () => ({ status: "failed" }));
    }
  }

  #change(name: string, change: (step: Step) => Partial<Step>): void {
    this.#steps = this.#steps.map((step) => {
      if (step.name !== name) return step;
      const { waitingFor, action, ...changed } = { ...step, ...change(step) };
      if (changed.status !== "running" || !waitingFor) return changed;
      return { ...changed, waitingFor, ...(action && { action }) };
    });
    setProgress(this.#ctx, { steps: this.#steps });
  }
}

const pending = (name: string): Step => ({ name, status: "pending", attempts: 0 });

/** What an orchestrator caught, as an error with a code. */
export function asDomainError(error: unknown): DomainError {
  return error instanceof DomainError
    ? error
    : new DomainError("internal", "the orchestration met an unexpected error", { cause: error });
}

/** What the words of the cluster ask for, where there were any. */
function specificAction({ details }: DomainError): string | undefined {
  return z.object({ action: z.string() }).safeParse(details).data?.action;
}

/** What to do about an error that ended a create; undefined where no more is known than its code says. */
export function actionAfter(error: DomainError): string | undefined {
  const specific = specificAction(error);
  return specific && afterwards(specific);
}
