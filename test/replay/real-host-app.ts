import {
  RetryOptions,
  type DurableOrchestrationContext,
  type OrchestrationHandler,
  type Task,
} from "durable-functions";

type Flow = (df: DurableOrchestrationContext) => Generator<Task, unknown, unknown>;

/** Ends the generator's own type there, since each `yield` of durable-functions gives what its task gives. */
const handler = (flow: Flow): OrchestrationHandler =>
  function* ({ df }) {
    return yield* flow(df);
  };

const inMs = (df: DurableOrchestrationContext, ms: number): Date =>
  new Date(df.currentUtcDateTime.getTime() + ms);

/** A number out of an input that may be anything, the empty text of "no input" among it. */
const numberIn = (input: unknown, key: string, otherwise: number): number => {
  const found = typeof input === "object" && input !== null ? Object.entries(input) : ([] as const);
  const value: unknown = found.find(([name]) => name === key)?.[1];
  return typeof value === "number" ? value : otherwise;
};

/** The orchestrators of the app that the real host was recorded with, by their registered names. */
export const realHostApp: Readonly<Record<string, OrchestrationHandler>> = {
  seq: handler(function* (df) {
    const said: unknown[] = [];
    df.setCustomStatus({ step: 0 });
    for (const name of ["A", "B", "C"]) said.push(yield df.callActivity("say", name));
    df.setCustomStatus({ step: 3 });
    return said;
  }),

  timer: handler(function* (df) {
    const waited = numberIn(df.getInput(), "seconds", 2);
    yield df.createTimer(inMs(df, waited * 1_000));
    return { waited };
  }),

  eternal: handler(function* (df) {
    const n = numberIn(df.getInput(), "n", 3);
    yield df.createTimer(inMs(df, 500));
    if (n === 0) return "done";
    df.continueAsNew({ n: n - 1 });
    return undefined;
  }),

  approve: handler(function* (df) {
    const timer = df.createTimer(inMs(df, 600_000));
    const event = df.waitForExternalEvent("Approval");
    const winner = yield df.Task.any([timer, event]);
    if (winner !== event) return "timeout";
    timer.cancel();
    return { approved: event.result };
  }),

  failing: handler(function* (df) {
    return yield df.callActivity("fail", "x");
  }),

  throwing: handler(function* () {
    throw new Error("orchestrator threw");
  }),

  retrying: handler(function* (df) {
    return yield df.callActivityWithRetry("fail", new RetryOptions(300, 3), "r");
  }),

  parent: handler(function* (df) {
    const a = yield df.callSubOrchestrator("seq", null, `${df.instanceId}:child`);
    const f = yield df.Task.all(["1", "2"].map((name) => df.callActivity("say", name)));
    return { a, f, g: df.newGuid("x").length };
  }),
};
