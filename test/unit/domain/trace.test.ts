import { z } from "zod";
import { currentTrace, runInTrace, type Log } from "../../../src/domain/trace.ts";
import { activity } from "../../../src/durable/activity.ts";
import { activityContext } from "../../support/activity-context.ts";

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const of = (requestId: string) => ({ log: silent, facts: { requestId } });
const whose = () => currentTrace()?.facts["requestId"];

describe("a trace", () => {
  it("is around all that is done in it, behind awaits and timers too, and gone afterwards", async () => {
    const seen = runInTrace(of("a"), async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return whose();
    });
    expect(whose()).toBeUndefined();
    expect(await seen).toBe("a");
    expect(whose()).toBeUndefined();
  });

  it("is each one's own when many work at once", async () => {
    const work = async () => {
      await Promise.resolve();
      return whose();
    };
    const ids = ["a", "b", "c"];
    expect(await Promise.all(ids.map((id) => runInTrace(of(id), work)))).toEqual(ids);
  });

  it("gives way to an inner one, and comes back", () => {
    runInTrace(of("outer"), () => {
      expect(runInTrace(of("inner"), whose)).toBe("inner");
      expect(whose()).toBe("outer");
    });
  });
});

describe("an activity", () => {
  const step = (spec: { quiet?: boolean; fails?: boolean } = {}) =>
    activity({
      name: "toygres::activity::look-around",
      description: "Says for whom it works",
      idempotent: true,
      input: z.object({ operationId: z.string(), instanceId: z.string() }),
      output: z.object({}),
      ...(spec.quiet !== undefined && { quiet: spec.quiet }),
      async run() {
        const trace = currentTrace();
        trace?.log.info("thing.called", trace.facts);
        if (spec.fails) throw new Error("with password=canary");
        return {};
      },
    });
  const input = { operationId: "operation-1", instanceId: "instance-1" };
  const eventsOf = async (spec: Parameters<typeof step>[0]) => {
    const { context, lines } = activityContext();
    await step(spec).execute(input, {}, context);
    return lines;
  };

  it("runs in a trace of its own, with its ids", async () => {
    expect(await eventsOf({})).toContainEqual({
      level: "info",
      event: "thing.called",
      activity: "toygres::activity::look-around",
      ...input,
    });
  });

  it("that is quiet logs its step only when it fails", async () => {
    const names = async (spec: Parameters<typeof step>[0]) =>
      (await eventsOf(spec)).map(({ event }) => event);
    expect(await names({})).toEqual(["step.started", "thing.called", "step.ended"]);
    expect(await names({ quiet: true })).toEqual(["thing.called"]);
    expect(await names({ quiet: true, fails: true })).toEqual(["thing.called", "step.ended"]);
  });
});
