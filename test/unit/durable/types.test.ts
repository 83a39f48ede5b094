import { z } from "zod";
import { activity } from "../../../src/durable/activity.ts";
import type { DurableClient } from "../../../src/durable/client.ts";
import { all, event, first, start, startOrchestration, timer } from "../../../src/durable/fan.ts";
import { library } from "../../../src/durable/library.ts";
import { register } from "../../../src/durable/register.ts";
import { orchestration } from "../../../src/durable/orchestration.ts";
import { call, continueAsNew, type Context } from "../../../src/durable/steps.ts";

const Size = z.object({ size: z.number() });

const measure = activity({
  name: "test::activity::measure",
  description: "measures a thing",
  idempotent: true,
  input: z.object({ name: z.string(), unit: z.string().default("mm") }),
  output: Size,
  run: async ({ name }, services: { readonly ruler: string }) => ({
    size: name.length + services.ruler.length,
  }),
});

const retried = activity({
  name: "test::activity::retried",
  description: "tries again",
  idempotent: true,
  input: z.object({}),
  output: Size,
  retry: { attempts: 2, firstDelayMs: 1, backoff: 2, maxDelayMs: 4 },
  run: async (_input, services: { readonly clock: () => number }) => ({ size: services.clock() }),
});

const child = orchestration({
  name: "test::orchestration::child",
  version: "1.0",
  description: "is called by another",
  input: z.object({ turn: z.number() }),
  output: Size,
  uses: [],
  run: function* (ctx, { turn }) {
    return turn > 0 ? continueAsNew(ctx, { turn: turn - 1 }) : { size: 0 };
  },
});

/** Never run: the compiler reads it, and `@ts-expect-error` fails the type check where no error is found. */
export function* orchestratorIsTyped(ctx: Context) {
  const { size }: { size: number } = yield* call(ctx, measure, { name: "a" });
  // @ts-expect-error the input lacks its name
  yield* call(ctx, measure, {});
  // @ts-expect-error the result has no such field
  (yield* call(ctx, measure, { name: "a" })) satisfies { length: number };
  // @ts-expect-error an orchestration is no activity
  yield* call(ctx, child, { turn: 1 });

  const [one, two]: readonly [{ size: number }, { size: number }] = yield* all(ctx, [
    start(ctx, measure, { name: "a" }),
    startOrchestration(ctx, child, { turn: 1 }),
  ]);
  // @ts-expect-error what retries cannot run beside others
  start(ctx, retried, {});
  // @ts-expect-error a timer is no work
  yield* all(ctx, [timer(ctx, 1)]);

  const winner = yield* first(ctx, { told: event("told", Size), late: timer(ctx, 1) });
  switch (winner.tag) {
    case "told":
      return size + one.size + two.size + winner.value.size;
    case "late":
      return winner.value satisfies undefined;
  }
}

export function definitionsAreTyped() {
  // @ts-expect-error the name is not canonical
  activity({ ...retried, name: "retried" });
  // @ts-expect-error the wire holds objects only
  activity({ ...retried, input: z.string() });
  // @ts-expect-error a key that Durable Functions changes on the way
  activity({ ...retried, input: z.object({ Timestamp: z.string() }) });
  orchestration({
    ...child,
    // @ts-expect-error the next turn needs a number
    run: function* (ctx) {
      return continueAsNew(ctx, { turn: "one" });
    },
  });
}

export function librariesAreTyped() {
  const whole = library("test", { orchestrations: [child], activities: [measure, retried] });
  register(whole, { ruler: "long", clock: () => 1 }, { defaultVersion: "1.0" });
  // @ts-expect-error one activity needs a clock
  register(whole, { ruler: "long" }, { defaultVersion: "1.0" });
}

export async function clientIsTyped(client: DurableClient) {
  const { handle } = await client.start(child, { turn: 1 }, { id: "x" });
  // @ts-expect-error the input lacks its turn
  await client.start(child, {}, { id: "x" });
  const ended = await client.wait(handle, 1000);
  if (ended.state === "Completed") ended.output.size satisfies number;
  // @ts-expect-error only a completed one has an output
  ended satisfies { output: unknown };
}

describe("the types of the durable layer", () => {
  it("are checked by the compiler, which reads this file", () => {
    expect([
      orchestratorIsTyped,
      definitionsAreTyped,
      librariesAreTyped,
      clientIsTyped,
    ]).toHaveLength(4);
  });
});
