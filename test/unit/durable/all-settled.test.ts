import { z } from "zod";
import { DomainError } from "../../../src/domain/errors.ts";
import { activity } from "../../../src/durable/activity.ts";
import { allSettled, start, startOrchestration } from "../../../src/durable/fan.ts";
import { orchestration } from "../../../src/durable/orchestration.ts";
import { call } from "../../../src/durable/steps.ts";
import { drive, LOST, type Answer } from "../../support/drive.ts";

const Named = z.object({ name: z.string() });
const Sized = z.object({ size: z.number() });

const measure = activity({
  name: "test::activity::measure",
  description: "measures a thing",
  idempotent: true,
  input: Named,
  output: Sized,
  run: async ({ name }) => ({ size: name.length }),
});

const child = orchestration({
  name: "test::orchestration::child",
  version: "1.0",
  description: "is called by another",
  input: Named,
  output: Sized,
  uses: [],
  *run() {
    return { size: 0 };
  },
});

/** Runs all of these side by side, then one more step, which shows whether the engine's numbering still holds. */
const several = orchestration({
  name: "test::orchestration::several",
  version: "1.0",
  description: "awaits three and goes on",
  input: z.object({ names: z.array(z.string()) }),
  output: z.object({ ends: z.array(z.string()), after: z.number() }),
  uses: [measure, child],
  *run(ctx, { names }) {
    const outcomes = yield* allSettled(ctx, [
      ...names.map((name) => start(ctx, measure, { name })),
      startOrchestration(ctx, child, { name: "child" }),
    ]);
    const ends = outcomes.map((it) => (it.ok ? String(it.value.size) : it.error.code));
    const { size } = yield* call(ctx, measure, { name: "afterwards" });
    return { ends, after: size };
  },
});

const size = ({ name }: { name: string }) => {
  if (name === "bad") throw new DomainError("cluster-refused", "no");
  return name === "lost" ? LOST : { size: name.length };
};
const answers: Record<string, Answer> = {
  [measure.name]: size,
  [child.name]: () => ({ size: 99 }),
};

describe("allSettled", () => {
  it.each([
    { names: ["a", "bb"], ends: ["1", "2", "99"] },
    { names: ["bad", "bb"], ends: ["cluster-refused", "2", "99"] },
    { names: ["a", "bad"], ends: ["1", "cluster-refused", "99"] },
    { names: ["lost", "bb"], ends: ["activity-lost", "2", "99"] },
    { names: ["lost", "lost"], ends: ["activity-lost", "activity-lost", "99"] },
    { names: [], ends: ["99"] },
  ])("gives the outcome of each of $names, and goes on after all", async ({ names, ends }) => {
    const driven = await drive(several, { names }, answers);
    expect(driven.result).toEqual({ ends, after: 10 });
    // Each was begun once: what is waited for after a failure is not begun again.
    expect(driven.steps).toHaveLength(names.length + 2);
  });

  it("tells of a child that failed and of one that was terminated", async () => {
    const failing = {
      ...answers,
      [child.name]: () => {
        throw new DomainError("instance-not-ready", "too slow");
      },
    };
    expect((await drive(several, { names: ["bad"] }, failing)).result?.ends).toEqual([
      "cluster-refused",
      "instance-not-ready",
    ]);
    const terminated: Record<string, Answer> = { ...answers, [child.name]: () => LOST };
    expect((await drive(several, { names: ["a"] }, terminated)).result?.ends).toEqual([
      "1",
      "orchestration-lost",
    ]);
  });

  it("of nothing is nothing", async () => {
    const none = orchestration({
      ...several,
      *run(ctx) {
        return { ends: (yield* allSettled(ctx, [])).map(String), after: 0 };
      },
    });
    expect((await drive(none, { names: [] })).result).toEqual({ ends: [], after: 0 });
  });
});
