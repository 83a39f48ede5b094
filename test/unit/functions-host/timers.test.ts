import { VirtualClock } from "../../../local/functions-host/engine/clock.ts";
import { parseNcrontab } from "../../../local/functions-host/timers/ncrontab.ts";
import { startTimers } from "../../../local/functions-host/timers/scheduler.ts";
import type { TimerFunction } from "../../../local/functions-host/worker/functions.ts";

const START = Date.UTC(2026, 0, 1);

function timer(expression: string, runOnStartup = false): TimerFunction {
  const schedule = parseNcrontab(expression);
  if (typeof schedule === "string") throw new Error(schedule);
  const metadata = { name: "tick", bindings: {} };
  const handler = () => undefined;
  return { kind: "timer", name: "tick", trigger: "t", metadata, handler, schedule, runOnStartup };
}

/** Runs a timer whose handler takes `tookMs` for `forMs`; tells the seconds at which runs began and ended. */
async function play(fn: TimerFunction, { tookMs, forMs }: { tookMs: number; forMs: number }) {
  const clock = new VirtualClock(START);
  const seen: string[] = [];
  const payloads: unknown[] = [];
  const second = () => (clock.now() - START) / 1000;
  const timers = startTimers({
    functions: [fn],
    clock,
    run: async (_, data) => {
      payloads.push(JSON.parse(data.json ?? "null"));
      seen.push(`begin ${second()}`);
      if (tookMs > 0) {
        await new Promise<void>((resolve) => {
          clock.after(tookMs, resolve);
        });
      }
      seen.push(`end ${second()}`);
    },
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  while (clock.jump(START + forMs)) await settle();
  timers.stop();
  return { seen, payloads, timers, settle };
}

describe("timer triggers", () => {
  it("run at each tick of their schedule", async () => {
    const { seen } = await play(timer("*/5 * * * * *"), { tookMs: 0, forMs: 11_000 });
    expect(seen).toEqual(["begin 5", "end 5", "begin 10", "end 10"]);
  });

  it("never run twice at once: missed ticks become one run right after", async () => {
    const { seen } = await play(timer("*/5 * * * * *"), { tookMs: 13_000, forMs: 40_000 });
    expect(seen).toEqual(["begin 5", "end 18", "begin 18", "end 31", "begin 31"]);
  });

  it("run at the start when runOnStartup is set, and then by the schedule", async () => {
    const { seen } = await play(timer("0 * * * * *", true), { tookMs: 0, forMs: 61_000 });
    expect(seen).toEqual(["begin 0", "end 0", "begin 60", "end 60"]);
  });

  it("get the payload of the real host", async () => {
    const { payloads } = await play(timer("0 * * * * *"), { tookMs: 0, forMs: 121_000 });
    expect(payloads).toEqual([
      {
        Schedule: { AdjustForDST: true },
        ScheduleStatus: {
          Last: "0001-01-01T00:00:00",
          LastUpdated: "0001-01-01T00:00:00",
          Next: "2026-01-01T00:02:00.000Z",
        },
        IsPastDue: false,
      },
      {
        Schedule: { AdjustForDST: true },
        ScheduleStatus: {
          Last: "2026-01-01T00:01:00.000Z",
          LastUpdated: "2026-01-01T00:01:00.000Z",
          Next: "2026-01-01T00:03:00.000Z",
        },
        IsPastDue: false,
      },
    ]);
  });

  it("run by hand beside a scheduled run", async () => {
    const fn = timer("0 0 0 1 1 *", true);
    const { seen, timers, settle } = await play(fn, { tookMs: 60_000, forMs: 0 });
    timers.runNow(fn);
    await settle();
    expect(seen).toEqual(["begin 0", "begin 0"]);
  });
});
