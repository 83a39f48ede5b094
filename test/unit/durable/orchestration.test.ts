import { z } from "zod";
import { DomainError } from "../../../src/domain/errors.ts";
import { all } from "../../../src/durable/fan.ts";
import { pause } from "../../../src/durable/events.ts";
import { orchestration } from "../../../src/durable/orchestration.ts";
import { MAX_PROGRESS_CHARACTERS } from "../../../src/durable/progress.ts";
import {
  continueAsNew,
  instanceId,
  log,
  newGuid,
  setProgress,
  sleep,
  type Context,
  type Durable,
} from "../../../src/durable/steps.ts";
import { drive } from "../../support/drive.ts";

const Turn = z.object({ turn: z.number().default(0), open: z.unknown().optional() });
const Result = z.object({ value: z.string() });

function flow(
  run: (ctx: Context, input: z.output<typeof Turn>) => Durable<z.input<typeof Result>>,
) {
  return orchestration({
    name: "test::orchestration::flow",
    version: "1.0",
    description: "does what the test says",
    input: Turn,
    output: Result,
    uses: [],
    run,
  });
}

const counter = orchestration({
  name: "test::orchestration::counter",
  version: "1.0",
  description: "counts to three",
  input: Turn,
  output: Result,
  uses: [],
  run: function* (ctx, { turn }) {
    yield* pause(ctx, 1000, { hint: "wake" });
    if (turn < 2) return continueAsNew(ctx, { turn: turn + 1 });
    return { value: `ended at ${turn}` };
  },
});

describe("an orchestration", () => {
  it("fills the defaults of its input", async () => {
    const driven = await drive(
      flow(function* (_ctx, { turn }) {
        return { value: String(turn) };
      }),
      {},
    );
    expect(driven.result).toEqual({ value: "0" });
  });

  it("refuses an input that does not fit, naming the field", async () => {
    // @ts-expect-error what another version of a caller can send
    const driven = await drive(counter, { turn: "one" });
    expect(driven.error).toMatchObject({
      code: "invalid-input",
      message:
        'input of "test::orchestration::counter" is invalid: "turn": Invalid input: expected number, received string',
    });
  });

  it("refuses an input that is no object at all", async () => {
    // @ts-expect-error what the service makes of no input
    const driven = await drive(counter, "");
    expect(driven.error).toMatchObject({
      code: "invalid-input",
      message: expect.stringContaining(
        'counter" is invalid: Invalid input: expected object',
      ) as unknown,
    });
  });

  it("refuses a result of its own that does not fit", async () => {
    // @ts-expect-error a number where the schema says string
    const wrong = flow(function* () {
      return { value: 5 };
    });
    const driven = await drive(wrong, {});
    expect(driven.error).toMatchObject({ code: "invalid-output" });
  });

  it("goes on with a fresh history and a parsed input", async () => {
    const driven = await drive(counter, {});
    expect(driven.continuedWith).toEqual({ turn: 1 });
    expect(driven.result).toBeUndefined();
    expect((await drive(counter, { turn: 2 })).result).toEqual({ value: "ended at 2" });
  });

  it("refuses to go on with an input that its next turn would refuse", async () => {
    const lost = orchestration({
      ...counter,
      run: function* (ctx) {
        return continueAsNew(ctx, { turn: Number.NaN });
      },
    });
    expect((await drive(lost, {})).error).toMatchObject({ code: "invalid-input" });
  });

  it("fails when continueAsNew is not the last thing that it does", async () => {
    const goesOn = flow(function* (ctx) {
      continueAsNew(ctx, { turn: 1 });
      yield* sleep(ctx, 1000);
      return { value: "" };
    });
    const forgets = flow(function* (ctx) {
      continueAsNew(ctx, { turn: 1 });
      return { value: "" };
    });
    for (const wrong of [goesOn, forgets]) {
      const driven = await drive(wrong, {});
      expect(driven.error).toMatchObject({ code: "internal" });
      expect(driven.steps).toEqual([]);
    }
  });

  it("throws a domain error as its code and message, and nothing else", async () => {
    const driven = await drive(
      flow(function* () {
        throw new DomainError("canceled", "the create was canceled", {
          details: { hidden: "detail" },
        });
      }),
      {},
    );
    expect(driven.error).toMatchObject({ code: "canceled", message: "the create was canceled" });
    expect(JSON.stringify(driven)).not.toContain("hidden");
  });

  it("throws fixed text for a bug, and logs its kind and place without its message", async () => {
    const driven = await drive(
      flow(function* () {
        throw new TypeError("password=hunter2");
      }),
      {},
    );
    expect(driven.error).toMatchObject({
      code: "internal",
      message: '"test::orchestration::flow" failed unexpectedly; its log says where',
    });
    expect(driven.logs).toEqual([
      {
        level: "error",
        event: "orchestration.failed",
        orchestration: "test::orchestration::flow",
        orchestrationId: "driven-1",
        error: "TypeError",
        stack: expect.stringContaining("orchestration.test.ts") as unknown,
      },
    ]);
    expect(JSON.stringify(driven)).not.toContain("hunter2");
  });

  it("caps the text that it throws", async () => {
    const driven = await drive(
      flow(function* () {
        throw new DomainError("internal", "x".repeat(5000));
      }),
      {},
    );
    expect(driven.error?.message).toHaveLength(990);
  });

  it("logs each line once, however often it is replayed", async () => {
    const driven = await drive(
      flow(function* (ctx) {
        log(ctx).info("step.started", { n: 1 });
        yield* sleep(ctx, 1000);
        log(ctx).warn("step.ended", { n: 2 });
        yield* sleep(ctx, 1000);
        log(ctx).error("step.failed");
        yield* sleep(ctx, 1000);
        return { value: "" };
      }),
      {},
    );
    const always = { orchestration: "test::orchestration::flow", orchestrationId: "driven-1" };
    expect(driven.logs).toEqual([
      { level: "info", event: "step.started", n: 1, ...always },
      { level: "warn", event: "step.ended", n: 2, ...always },
      { level: "error", event: "step.failed", ...always },
    ]);
  });

  it("has an id, and makes ids that stay the same at each replay", async () => {
    const guids: string[] = [];
    const driven = await drive(
      flow(function* (ctx) {
        guids.push(newGuid(ctx));
        yield* sleep(ctx, 1000);
        return { value: instanceId(ctx) };
      }),
      {},
      {},
      { instanceId: "mine" },
    );
    expect(driven.result).toEqual({ value: "mine" });
    expect(guids).toHaveLength(2);
    expect(new Set(guids).size).toBe(1);
    expect(guids[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("may await nothing", async () => {
    const driven = await drive(
      flow(function* (ctx) {
        yield* all(ctx, []);
        return { value: "" };
      }),
      {},
    );
    expect(driven.result).toEqual({ value: "" });
  });
});

describe("setProgress", () => {
  const shows = (...statuses: Parameters<typeof setProgress>[1][]) =>
    flow(function* (ctx) {
      for (const status of statuses) {
        setProgress(ctx, status);
        yield* sleep(ctx, 1000);
      }
      return { value: "" };
    });

  it("shows where the orchestration stands", async () => {
    const driven = await drive(shows({ step: "one" }, { step: "two", details: [] }), {});
    expect(driven.customStatuses).toEqual([{ step: "one" }, { step: "two", details: [] }]);
  });

  it("keeps the newest details that there is room for", async () => {
    const details = Array.from({ length: 200 }, (_, n) => ({ n, text: "ü".repeat(100) }));
    const driven = await drive(shows({ step: "one", details }), {});
    const [status] = driven.customStatuses as { step: string; details: { n: number }[] }[];
    expect(status?.step).toBe("one");
    expect(status?.details.at(-1)?.n).toBe(199);
    expect(status?.details[0]?.n).toBe(200 - (status?.details.length ?? 0));
    const length = JSON.stringify(status).length;
    expect(length).toBeLessThanOrEqual(MAX_PROGRESS_CHARACTERS);
    expect(length).toBeGreaterThan(MAX_PROGRESS_CHARACTERS - 150);
  });

  it("says so when there is too much even without details", async () => {
    const driven = await drive(shows({ step: "x".repeat(9000), details: [1] }), {});
    expect(driven.customStatuses).toEqual([{ truncated: true }]);
  });
});
