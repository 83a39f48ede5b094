import { z } from "zod";
import { DomainError } from "../../../src/domain/errors.ts";
import { activity } from "../../../src/durable/activity.ts";
import { orchestration } from "../../../src/durable/orchestration.ts";
import { call, now } from "../../../src/durable/steps.ts";
import { drive, LOST, type Driven } from "../../support/drive.ts";

const Done = z.object({ said: z.string() });

const greet = activity({
  name: "test::activity::greet",
  description: "says hello",
  idempotent: true,
  input: z.object({ who: z.string(), loud: z.boolean().default(false) }),
  output: Done,
  retry: { attempts: 4, firstDelayMs: 1000, backoff: 2, maxDelayMs: 3000 },
  run: async ({ who }) => ({ said: `hello ${who}` }),
});

const party = orchestration({
  name: "test::orchestration::party",
  version: "1.0",
  description: "greets within a time",
  input: z.object({ who: z.string(), withinMs: z.number().default(1_000_000) }),
  output: Done,
  uses: [greet],
  run: function* (ctx, { who, withinMs }) {
    const deadline = new Date(now(ctx).getTime() + withinMs);
    return yield* call(ctx, greet, { who }, { deadline });
  },
});

const unavailable = new DomainError("cluster-unavailable", "the cluster is away");

function timersOf({ steps }: Driven<unknown>): number[] {
  return steps.flatMap((step) => (step.kind === "timer" ? [step.ms] : []));
}

describe("call", () => {
  it("gives the activity's parsed result", async () => {
    const driven = await drive(
      party,
      { who: "Ada" },
      { [greet.name]: ({ who }: { who: string }) => ({ said: `hi ${who}`, more: 1 }) },
    );
    expect(driven.result).toEqual({ said: "hi Ada" });
    expect(driven.steps).toEqual([{ kind: "activity", name: greet.name, input: { who: "Ada" } }]);
  });

  it("tries again with growing, capped delays while the error is retryable", async () => {
    const driven = await drive(
      party,
      { who: "Ada" },
      {
        [greet.name]: (_input, n) => {
          if (n < 4) throw unavailable;
          return { said: "at last" };
        },
      },
    );
    expect(driven.result).toEqual({ said: "at last" });
    expect(timersOf(driven)).toEqual([1000, 2000, 3000]);
  });

  it("throws the last error when its attempts are used up", async () => {
    let calls = 0;
    const driven = await drive(
      party,
      { who: "Ada" },
      {
        [greet.name]: () => {
          calls += 1;
          throw unavailable;
        },
      },
    );
    expect(calls).toBe(4);
    expect(driven.error).toMatchObject({
      code: "cluster-unavailable",
      message: "the cluster is away",
    });
  });

  it("does not try an error again that is not worth it", async () => {
    const refused = new DomainError("foreign-object", "belongs to another", {
      details: { kind: "Secret" },
    });
    const driven = await drive(
      party,
      { who: "Ada" },
      {
        [greet.name]: () => {
          throw refused;
        },
      },
    );
    expect(driven.error).toMatchObject({ code: "foreign-object" });
    expect(driven.steps).toHaveLength(1);
  });

  it("counts a task that failed without our envelope as lost, and tries it again", async () => {
    const driven = await drive(
      party,
      { who: "Ada" },
      { [greet.name]: (_input, n) => (n === 1 ? LOST : { said: "alive" }) },
    );
    expect(driven.result).toEqual({ said: "alive" });
    expect(timersOf(driven)).toEqual([1000]);
  });

  it("keeps the host's text out of a lost activity's error", async () => {
    const driven = await drive(party, { who: "Ada" }, { [greet.name]: () => LOST });
    expect(driven.error).toMatchObject({
      code: "activity-lost",
      message: '"test::activity::greet" ended without an answer',
    });
    expect(JSON.stringify(driven)).not.toContain("not-to-be-seen");
  });

  it("does not wait for an attempt that would begin after the deadline", async () => {
    const driven = await drive(
      party,
      { who: "Ada", withinMs: 3000 },
      {
        [greet.name]: () => {
          throw unavailable;
        },
      },
    );
    expect(driven.error).toMatchObject({
      code: "deadline-passed",
      message:
        'the time for "test::activity::greet" is over; its last error was cluster-unavailable: the cluster is away',
    });
    expect(timersOf(driven)).toEqual([1000]);
  });

  it("begins no attempt at all when the deadline has passed before", async () => {
    const driven = await drive(party, { who: "Ada", withinMs: 0 });
    expect(driven.error).toMatchObject({
      code: "deadline-passed",
      message: 'the time for "test::activity::greet" is over',
    });
    expect(driven.steps).toEqual([]);
  });

  it("refuses a result that is not what the schema says, naming the field", async () => {
    const driven = await drive(party, { who: "Ada" }, { [greet.name]: () => ({ said: 5 }) });
    expect(driven.error).toMatchObject({
      code: "invalid-output",
      message:
        'output of "test::activity::greet" is invalid: "said": Invalid input: expected string, received number',
    });
  });

  it("tells of each attempt and of what the next one waits for", async () => {
    const told: string[] = [];
    const telling = orchestration({
      ...party,
      run: function* (ctx, { who }) {
        told.length = 0;
        return yield* call(
          ctx,
          greet,
          { who },
          {
            onAttempt: (n) => told.push(`attempt ${n}`),
            onRetry: ({ code }) => told.push(code),
          },
        );
      },
    });
    await drive(
      telling,
      { who: "Ada" },
      {
        [greet.name]: (_input, n) => {
          if (n === 1) throw unavailable;
          return { said: "hi" };
        },
      },
    );
    expect(told).toEqual(["attempt 1", "cluster-unavailable", "attempt 2"]);
  });

  it("refuses an input that is no object", async () => {
    const careless = orchestration({
      ...party,
      run: function* (ctx) {
        // @ts-expect-error what a cast somewhere could let through
        return yield* call(ctx, greet, ["Ada"]);
      },
    });
    const driven = await drive(careless, { who: "Ada" });
    expect(driven.error).toMatchObject({
      code: "invalid-input",
      message: 'input of "test::activity::greet" is no object',
    });
  });

  it("refuses an input with a key that Durable Functions changes on the way", async () => {
    const open = activity({
      name: "test::activity::open",
      description: "takes anything",
      idempotent: true,
      input: z.object({ facts: z.record(z.string(), z.unknown()) }),
      output: Done,
      run: async () => ({ said: "" }),
    });
    const opening = orchestration({
      ...party,
      uses: [open],
      run: function* (ctx) {
        return yield* call(ctx, open, { facts: { Timestamp: "2030" } });
      },
    });
    const driven = await drive(opening, { who: "Ada" });
    expect(driven.error).toMatchObject({
      code: "invalid-input",
      message:
        'input of "test::activity::open" has a key "facts.Timestamp", which Durable Functions changes on the way',
    });
  });
});
