import { z } from "zod";
import { activity } from "../../../src/durable/activity.ts";
import { pause, waitForEvent } from "../../../src/durable/events.ts";
import { orchestration } from "../../../src/durable/orchestration.ts";
import { call, sleep } from "../../../src/durable/steps.ts";
import { drive, type DriveOptions } from "../../support/drive.ts";

const work = activity({
  name: "test::activity::work",
  description: "takes its time",
  idempotent: true,
  input: z.object({}),
  output: z.object({}),
  run: async () => ({}),
});

const loop = orchestration({
  name: "test::orchestration::loop",
  version: "1.0",
  description: "works and pauses",
  input: z.object({ turns: z.number() }),
  output: z.object({ pauses: z.array(z.string()) }),
  uses: [work],
  run: function* (ctx, { turns }) {
    const pauses: string[] = [];
    for (let turn = 0; turn < turns; turn += 1) {
      yield* call(ctx, work, {});
      pauses.push(yield* pause(ctx, 10_000, { hint: "wake" }));
    }
    return { pauses };
  },
});

const hintsAt = (...times: number[]): DriveOptions => ({
  events: times.map((atMs) => ({ atMs, name: "wake" })),
});
const idle = { [work.name]: () => ({}) };

describe("pause", () => {
  it("lasts its time when no hint comes", async () => {
    const driven = await drive(loop, { turns: 2 }, idle);
    expect(driven.result).toEqual({ pauses: ["elapsed", "elapsed"] });
    expect(driven.elapsedMs).toBe(20_000);
  });

  it("is cut short by a hint, and its timer is cancelled", async () => {
    const driven = await drive(loop, { turns: 1 }, idle, hintsAt(4000));
    expect(driven.result).toEqual({ pauses: ["hinted"] });
    expect(driven.elapsedMs).toBe(4000);
    expect(driven.steps).toContainEqual({ kind: "timer", ms: 10_000, canceled: true });
  });

  it("heeds a hint that came before the first pause", async () => {
    const driven = await drive(loop, { turns: 2 }, idle, hintsAt(0));
    expect(driven.result).toEqual({ pauses: ["hinted", "elapsed"] });
  });

  it("heeds a hint that came after a pause had run out, while something else was done", async () => {
    const driven = await drive(
      loop,
      { turns: 3 },
      {
        [work.name]: (_input, n, world) => {
          if (n === 2) world.raise("wake");
          return {};
        },
      },
    );
    expect(driven.result).toEqual({ pauses: ["elapsed", "hinted", "elapsed"] });
    expect(driven.elapsedMs).toBe(20_000);
  });

  it("takes several hints in one gap as one", async () => {
    const driven = await drive(
      loop,
      { turns: 4 },
      {
        [work.name]: (_input, n, world) => {
          if (n === 3) for (let hints = 0; hints < 2; hints += 1) world.raise("wake");
          return {};
        },
      },
    );
    expect(driven.result).toEqual({ pauses: ["elapsed", "elapsed", "hinted", "elapsed"] });
  });

  it("is cut short by every hint, however many came before", async () => {
    const driven = await drive(loop, { turns: 4 }, idle, hintsAt(1000, 12_000, 13_000));
    expect(driven.result).toEqual({ pauses: ["hinted", "elapsed", "hinted", "hinted"] });
    expect(driven.elapsedMs).toBe(13_000);
  });
});

describe("waitForEvent", () => {
  const Order = z.object({ n: z.number() });
  const waiter = orchestration({
    name: "test::orchestration::waiter",
    version: "1.0",
    description: "collects two orders",
    input: z.object({}),
    output: z.object({ orders: z.array(z.number()) }),
    uses: [],
    run: function* (ctx) {
      const one = yield* waitForEvent(ctx, "order", Order);
      yield* sleep(ctx, 1000);
      const two = yield* waitForEvent(ctx, "order", Order);
      return { orders: [one.n, two.n] };
    },
  });

  it.each([
    ["before it is waited for", [0, 0]],
    ["while it is waited for", [10, 20_000]],
    ["while something else is waited for", [10, 500]],
  ])("gets each event once, in order, that comes %s", async (_when, times) => {
    const events = times.map((atMs, n) => ({ atMs, name: "order", payload: { n } }));
    const driven = await drive(waiter, {}, {}, { events });
    expect(driven.result).toEqual({ orders: [0, 1] });
  });

  it("gets an event that came after a lost race, too", async () => {
    const late = orchestration({
      ...waiter,
      output: z.object({ n: z.number(), pauses: z.string() }),
      run: function* (ctx) {
        const pauses = yield* pause(ctx, 100, { hint: "order" });
        yield* sleep(ctx, 1000);
        return { ...(yield* waitForEvent(ctx, "order", Order)), pauses };
      },
    });
    const driven = await drive(
      late,
      {},
      {},
      { events: [{ atMs: 500, name: "order", payload: { n: 7 } }] },
    );
    expect(driven.result).toEqual({ n: 7, pauses: "elapsed" });
  });

  it("refuses a name that the service and the library would not agree on", async () => {
    const shouting = orchestration({
      ...waiter,
      output: Order,
      run: (ctx) => waitForEvent(ctx, "Order", Order),
    });
    const driven = await drive(shouting, {});
    expect(driven.error).toMatchObject({
      code: "invalid-input",
      message: 'event name "Order" is not in kebab-case',
    });
  });
});
