import { z } from "zod";
import { DomainError } from "../../../src/domain/errors.ts";
import { activity } from "../../../src/durable/activity.ts";
import type { Durable } from "../../../src/durable/context.ts";
import {
  all,
  event,
  first,
  result,
  start,
  startOrchestration,
  timer,
} from "../../../src/durable/fan.ts";
import { orchestration } from "../../../src/durable/orchestration.ts";
import { callOrchestration, sleep, until, now, type Context } from "../../../src/durable/steps.ts";
import { drive, LOST } from "../../support/drive.ts";

const Named = z.object({ name: z.string() });
const Sized = z.object({ size: z.number() });
const Anything = z.object({ value: z.unknown() });

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
  run: function* () {
    return { size: 0 };
  },
});

function flow(run: (ctx: Context) => Durable<unknown>) {
  return orchestration({
    name: "test::orchestration::flow",
    version: "1.0",
    description: "does what the test says",
    input: z.object({}),
    output: Anything,
    uses: [measure, child],
    run: function* (ctx) {
      return { value: yield* run(ctx) };
    },
  });
}

const size = ({ name }: { name: string }) => ({ size: name.length });
const fail = (code: "cluster-refused" | "internal") => () => {
  throw new DomainError(code, "no");
};

describe("all", () => {
  it("runs activities and sub-orchestrations side by side and gives their results in order", async () => {
    const both = flow((ctx) =>
      all(ctx, [
        start(ctx, measure, { name: "abc" }),
        startOrchestration(ctx, child, { name: "de" }),
      ]),
    );
    const driven = await drive(both, {}, { [measure.name]: size, [child.name]: size });
    expect(driven.result).toEqual({ value: [{ size: 3 }, { size: 2 }] });
    expect(driven.steps.map(({ kind }) => kind)).toEqual(["activity", "orchestration"]);
  });

  it("of nothing is nothing", async () => {
    const driven = await drive(
      flow((ctx) => all(ctx, [])),
      {},
    );
    expect(driven.result).toEqual({ value: [] });
  });

  it("throws a member's typed error when all have ended", async () => {
    const two = flow((ctx) =>
      all(ctx, [start(ctx, measure, { name: "a" }), start(ctx, measure, { name: "b" })]),
    );
    const driven = await drive(
      two,
      {},
      { [measure.name]: (_input, n) => (n === 1 ? fail("cluster-refused")() : { size: 1 }) },
    );
    expect(driven.error).toMatchObject({ code: "cluster-refused", message: "no" });
  });

  it("says which member was lost", async () => {
    const two = flow((ctx) =>
      all(ctx, [start(ctx, measure, { name: "a" }), startOrchestration(ctx, child, { name: "b" })]),
    );
    const activityLost = await drive(two, {}, { [measure.name]: () => LOST, [child.name]: size });
    expect(activityLost.error).toMatchObject({ code: "activity-lost" });
    const childLost = await drive(two, {}, { [measure.name]: size, [child.name]: () => LOST });
    expect(childLost.error).toMatchObject({
      code: "orchestration-lost",
      message: '"test::orchestration::child" ended without a result',
    });
  });

  it("refuses work that was awaited before", async () => {
    const twice = flow(function* (ctx) {
      const work = start(ctx, measure, { name: "a" });
      yield* result(ctx, work);
      return yield* all(ctx, [work]);
    });
    const driven = await drive(twice, {}, { [measure.name]: size });
    expect(driven.error).toMatchObject({
      code: "internal",
      message: "started work or a timer can be awaited only once",
    });
  });

  it("does not let started work be forgotten, which the engine would never run", async () => {
    const forgetful = flow(function* (ctx) {
      start(ctx, measure, { name: "a" });
      yield* sleep(ctx, 1);
      return null;
    });
    const driven = await drive(forgetful, {}, { [measure.name]: size });
    expect(driven.error).toMatchObject({ code: "internal" });
  });
});

describe("callOrchestration", () => {
  it("passes the id and its own version on, and gives the child's result", async () => {
    const parent = flow((ctx) =>
      callOrchestration(ctx, child, { name: "abc" }, { instanceId: "child-1" }),
    );
    const driven = await drive(parent, {}, { [child.name]: size }, { version: "1.5" });
    expect(driven.result).toEqual({ value: { size: 3 } });
    expect(driven.steps).toEqual([
      {
        kind: "orchestration",
        name: child.name,
        input: { name: "abc" },
        id: "child-1",
        version: "1.5",
      },
    ]);
  });

  it("gives the child's own error to its parent", async () => {
    const parent = flow((ctx) => callOrchestration(ctx, child, { name: "abc" }));
    const driven = await drive(parent, {}, { [child.name]: fail("cluster-refused") });
    expect(driven.error).toMatchObject({ code: "cluster-refused", message: "no" });
  });

  it("refuses an id that would break the service's URLs", async () => {
    const parent = flow((ctx) =>
      callOrchestration(ctx, child, { name: "abc" }, { instanceId: "a/b" }),
    );
    const driven = await drive(parent, {});
    expect(driven.error).toMatchObject({ code: "invalid-input" });
  });
});

describe("first", () => {
  const Decision = z.object({ yes: z.boolean() });
  const decide = flow(function* (ctx) {
    const winner = yield* first(ctx, {
      decided: event("decision", Decision),
      late: timer(ctx, 5000),
    });
    return winner.tag === "decided" ? winner.value.yes : winner.tag;
  });

  it("gives the tag and value of the event that wins, and cancels the timer", async () => {
    const driven = await drive(
      decide,
      {},
      {},
      { events: [{ atMs: 2000, name: "decision", payload: { yes: true } }] },
    );
    expect(driven.result).toEqual({ value: true });
    expect(driven.steps).toEqual([
      { kind: "timer", ms: 5000, canceled: true },
      { kind: "event", name: "decision" },
    ]);
    expect(driven.elapsedMs).toBe(2000);
  });

  it("gives the timer's tag when nothing else came", async () => {
    const driven = await drive(decide, {});
    expect(driven.result).toEqual({ value: "late" });
    expect(driven.steps).toEqual([{ kind: "timer", ms: 5000, canceled: false }]);
  });

  it("refuses an event of another shape, naming the field", async () => {
    const driven = await drive(
      decide,
      {},
      {},
      { events: [{ atMs: 1, name: "decision", payload: { yes: 1 } }] },
    );
    expect(driven.error).toMatchObject({
      code: "invalid-input",
      message: expect.stringContaining('event "decision" is invalid: "yes"') as unknown,
    });
  });

  it("lets work race against time, whichever wins", async () => {
    const race = flow((ctx) =>
      first(ctx, { measured: start(ctx, measure, { name: "abc" }), late: timer(ctx, 1000) }),
    );
    const driven = await drive(race, {}, { [measure.name]: size });
    expect(driven.result).toEqual({ value: { tag: "measured", value: { size: 3 } } });
    expect(driven.steps.at(-1)).toEqual({ kind: "timer", ms: 1000, canceled: true });
  });

  it("throws when the winner failed", async () => {
    const race = flow((ctx) =>
      first(ctx, { measured: start(ctx, measure, { name: "abc" }), late: timer(ctx, 1000) }),
    );
    expect((await drive(race, {}, { [measure.name]: fail("internal") })).error).toMatchObject({
      code: "internal",
    });
    expect((await drive(race, {}, { [measure.name]: () => LOST })).error).toMatchObject({
      code: "activity-lost",
    });
  });

  it("loses no event that comes after its race was over, and hands events on in their order", async () => {
    const patient = flow(function* (ctx) {
      const seen: boolean[] = [];
      const look = () =>
        first(ctx, { decided: event("decision", Decision), late: timer(ctx, 1000) });
      yield* look();
      yield* look();
      yield* sleep(ctx, 5000);
      for (let n = 0; n < 3; n += 1) {
        const winner = yield* look();
        if (winner.tag === "decided") seen.push(winner.value.yes);
      }
      return seen;
    });
    const payloads = [true, false, true];
    const driven = await drive(
      patient,
      {},
      {},
      {
        events: payloads.map((yes, n) => ({ atMs: 3000 + n, name: "decision", payload: { yes } })),
      },
    );
    expect(driven.result).toEqual({ value: payloads });
    expect(driven.elapsedMs).toBe(7000);
  });
});

describe("timers", () => {
  it("move the orchestration's own clock", async () => {
    const nap = flow(function* (ctx) {
      const before = now(ctx).getTime();
      yield* sleep(ctx, 90_000);
      yield* until(ctx, new Date(before + 100_000));
      yield* until(ctx, new Date(before));
      return now(ctx).getTime() - before;
    });
    const driven = await drive(nap, {});
    expect(driven.result).toEqual({ value: 100_000 });
  });

  it("may be longer than the engine's longest", async () => {
    const days = 20 * 24 * 3_600_000;
    const driven = await drive(
      flow((ctx) => sleep(ctx, days)),
      {},
    );
    expect(driven.elapsedMs).toBe(days);
  });

  it.each([-1, NaN, Infinity])("refuse to wait %p ms", async (ms) => {
    const driven = await drive(
      flow((ctx) => sleep(ctx, ms)),
      {},
    );
    expect(driven.error).toMatchObject({ code: "internal" });
  });
});
