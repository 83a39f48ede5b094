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

/** Never run: the compiler reads it. What it refuses stands in test/lint-fixtures/type. */
export function* orchestratorIsTyped(ctx: Context) {
  const { size }: { size: number } = yield* call(ctx, measure, { name: "a" });
  const [one, two]: readonly [{ size: number }, { size: number }] = yield* all(ctx, [
    start(ctx, measure, { name: "a" }),
    startOrchestration(ctx, child, { turn: 1 }),
  ]);
  const winner = yield* first(ctx, { told: event("told", Size), late: timer(ctx, 1) });
  switch (winner.tag) {
    case "told":
      return size + one.size + two.size + winner.value.size;
    case "late":
      return winner.value satisfies undefined;
  }
}

export function librariesAreTyped() {
  const whole = library("test", { orchestrations: [child], activities: [measure, retried] });
  register(whole, { ruler: "long", clock: () => 1 }, { defaultVersion: "1.0" });
  const replaced = library("other", { overrides: [child] });
  register(replaced, {}, { defaultVersion: "1.0" });
  const both = library("other", { overrides: [child, measure] });
  register(both, { ruler: "long" }, { defaultVersion: "1.0" });
  // @ts-expect-error the overriding activity needs a ruler
  register(both, {}, { defaultVersion: "1.0" });
  // @ts-expect-error each activity needs one of two services
  register(whole, { ruler: "long" }, { defaultVersion: "1.0" });
}

export async function clientIsTyped(client: DurableClient) {
  const { handle } = await client.start(child, { turn: 1 }, { id: "x" });
  const ended = await client.wait(handle, 1000);
  if (ended.state === "Completed") ended.output.size satisfies number;
}

describe("the types of the durable layer", () => {
  it("are checked by the compiler, which reads this file", () => {
    expect([orchestratorIsTyped, librariesAreTyped, clientIsTyped]).toHaveLength(3);
  });
});
