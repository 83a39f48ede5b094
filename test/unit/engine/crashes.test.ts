import type { Task } from "durable-functions";
import fc from "fast-check";
import { VirtualClock } from "../../../local/functions-host/engine/clock.ts";
import { createEngine } from "../../../local/functions-host/engine/engine.ts";
import { plannedFaults, type FaultRule } from "../../../local/functions-host/engine/faults.ts";
import { EVENT } from "../../../local/functions-host/engine/history.ts";
import { MemoryStore } from "../../../local/functions-host/engine/memory-store.ts";
import type { EpisodeCommit, Lease } from "../../../local/functions-host/engine/store.ts";
import { runVirtually } from "../../../local/functions-host/engine/virtual-time.ts";
import { libraryApp } from "./library-app.ts";

type Steps = Generator<Task, unknown, unknown>;

const STEPS = ["one", "two", "three"] as const;

function* threeSteps({ df }: { df: { callActivity(name: string, input: unknown): Task } }): Steps {
  const results: unknown[] = [];
  for (const name of STEPS) results.push(yield df.callActivity(name, {}));
  return results;
}

/** Runs three steps to their end, with a new host after each crash. */
async function survive(rules: readonly FaultRule[], store = new MemoryStore()) {
  const clock = new VirtualClock();
  const effects: string[] = [];
  const logs: string[] = [];
  const faults = plannedFaults(rules, () => undefined);
  /** The effects of each host, in order. */
  const lives: string[][] = [];
  const launch = async () => {
    const own: string[] = [];
    lives.push(own);
    const activities = Object.fromEntries(
      STEPS.map((name) => [
        name,
        () => {
          own.push(name);
          return `${name} ${effects.push(name)}`;
        },
      ]),
    );
    const invoker = libraryApp({ orchestrators: { threeSteps }, activities });
    const log = (_level: string, text: string) => void logs.push(text);
    const engine = createEngine({ store, clock, invoker, log, faults, pollMs: null });
    await engine.start();
    return engine;
  };
  let engine = await launch();
  await engine.hub.start({ name: "threeSteps", instanceId: "i" });
  for (let life = 0; life < 20; life += 1) {
    await runVirtually(clock, [engine.dispatcher], () => engine.dispatcher.crashed);
    if (!engine.dispatcher.crashed) break;
    engine = await launch();
  }
  const status = await engine.hub.status("i");
  return { status, effects, lives, history: await store.history("i"), time: clock.now() };
}

/** As a database on a busy machine: others see what was written long before its writer hears of it. */
class LateAnswers extends MemoryStore {
  override async commitEpisode(lease: Lease, commit: EpisodeCommit): Promise<boolean> {
    const kept = await super.commitEpisode(lease, commit);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((next) => setImmediate(next));
    return kept;
  }
}

const activityRule = fc.record({
  activity: fc.constantFrom(...STEPS),
  call: fc.integer({ min: 1, max: 3 }),
  do: fc.constantFrom("crash-before", "crash-after", "run-twice", "lose-answer"),
}) satisfies fc.Arbitrary<FaultRule>;

const episodeRule = fc.record({
  orchestrator: fc.constant("threeSteps"),
  call: fc.integer({ min: 1, max: 6 }),
  do: fc.constantFrom("crash-before-commit", "crash-after-commit"),
}) satisfies fc.Arbitrary<FaultRule>;

describe("three steps under the fault kit", () => {
  it("end with each result recorded exactly once, whatever crashes, runs twice or is lost", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(activityRule, episodeRule), { maxLength: 8 }),
        async (rules) => {
          const { status, effects, history } = await survive(rules);
          expect(status?.runtimeStatus).toBe("Completed");
          const ended = history.filter(({ EventType }) => EventType === EVENT.TaskCompleted);
          expect(ended).toHaveLength(3);
          const results = ended.map((event) => ("Result" in event ? event.Result : null));
          expect(results.map((text) => JSON.parse(text ?? "null") as unknown)).toEqual(
            status?.output,
          );
          for (const step of STEPS) expect(effects).toContain(step);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("run a step again when its answer was lost, once its lease has run out", async () => {
    const { effects, time } = await survive([{ activity: "two", call: 1, do: "lose-answer" }]);
    expect(effects).toEqual(["one", "two", "two", "three"]);
    expect(time).toBe(Date.UTC(2026, 0, 1) + 15_000);
  });

  it("do not repeat a step whose host died before its effect", async () => {
    const { effects } = await survive([{ activity: "two", call: 1, do: "crash-before" }]);
    expect(effects).toEqual(["one", "two", "three"]);
  });

  it.each([1, 2, 3])(
    "are not begun by a host that dies after it wrote episode %d, however late it hears of that",
    async (call) => {
      const rule = { orchestrator: "threeSteps", call, do: "crash-after-commit" } as const;
      const { status, lives } = await survive([rule], new LateAnswers());
      expect(lives).toEqual([STEPS.slice(0, call - 1), STEPS.slice(call - 1)]);
      expect(status?.runtimeStatus).toBe("Completed");
    },
  );

  it("fail with the planned message when a step is made to fail", async () => {
    const rule = { activity: "two", do: "fail", message: "no luck" } as const;
    const { status, effects } = await survive([rule]);
    expect(status?.output).toContain("Activity function 'two' failed:  no luck");
    expect(effects).toEqual(["one"]);
  });
});
