import { RetryOptions, type OrchestrationContext, type Task } from "durable-functions";
import { virtualHost } from "./virtual-host.ts";

const say = (input: unknown) => `Hello ${String(input)}`;
const later = ({ df }: OrchestrationContext, ms: number) =>
  df.createTimer(new Date(df.currentUtcDateTime.getTime() + ms));

describe("an orchestration on the local engine", () => {
  it("runs three activities in sequence, one episode for each result", async () => {
    const host = await virtualHost({
      orchestrators: {
        *seq({ df }) {
          const out: unknown[] = [];
          for (const name of ["A", "B", "C"]) out.push(yield df.callActivity("say", name));
          df.setCustomStatus({ step: 3 });
          return out;
        },
      },
      activities: { say },
    });
    const { runtimeStatus, output, customStatus } = await host.run("seq");
    expect([runtimeStatus, output, customStatus]).toEqual([
      "Completed",
      ["Hello A", "Hello B", "Hello C"],
      { step: 3 },
    ]);
    expect((await host.trail("i")).join(" ")).toBe(
      "( start task ) ( done task ) ( done task ) ( done end )",
    );
  });

  it("fans out and in within two waves", async () => {
    const host = await virtualHost({
      orchestrators: {
        *fan({ df }): Generator<Task, unknown, unknown> {
          return yield df.Task.all(["1", "2", "3"].map((one) => df.callActivity("say", { one })));
        },
      },
      activities: { say: (input) => (input as { one: string }).one },
    });
    expect((await host.run("fan")).output).toEqual(["1", "2", "3"]);
  });

  it("retries an activity after its delays and then goes on", async () => {
    const at: number[] = [];
    const host = await virtualHost({
      orchestrators: {
        *retry({ df }): Generator<Task, unknown, unknown> {
          return yield df.callActivityWithRetry("flaky", new RetryOptions(5_000, 4), { n: 1 });
        },
      },
      activities: {
        flaky: () => {
          at.push(host.clock.now());
          if (at.length < 3) throw new Error("not yet");
          return "fine";
        },
      },
    });
    expect((await host.run("retry")).output).toBe("fine");
    expect(at.map((one) => one - at[0]!)).toEqual([0, 5_000, 10_000]);
  });

  it("gives the last error to the code when the attempts are used up, after one timer more", async () => {
    const host = await virtualHost({
      orchestrators: {
        *retry({ df }): Generator<Task, unknown, unknown> {
          try {
            yield df.callActivityWithRetry("bad", new RetryOptions(1_000, 3), { n: 1 });
          } catch (error) {
            const next = yield df.callActivity("say", "you");
            return [(error as Error).message.split(" \n ")[0], next];
          }
          return null;
        },
      },
      activities: {
        say,
        bad: () => {
          throw new Error("boom password=abc123");
        },
      },
    });
    const { output } = await host.run("retry");
    expect(output).toEqual([
      "Activity function 'bad' failed:  boom [Hidden Credential]",
      "Hello you",
    ]);
    const ids = (await host.store.history("i")).filter(({ EventId }) => EventId >= 0);
    expect(ids.map(({ EventType, EventId }) => [EventId, EventType])).toEqual(
      [4, 10, 4, 10, 4, 10, 4].map((type, id) => [id, type]),
    );
  });

  it("takes the event when it comes before the timer, and holds nothing back once that is cancelled", async () => {
    const host = await virtualHost({ orchestrators: { approve } });
    await host.engine.hub.start({ name: "approve", instanceId: "i" });
    await host.settle(host.clock.now() + 1_000);
    await host.engine.hub.raiseEvent("i", "APPROVAL".toLowerCase(), '{"by":"me"}');
    await host.settle(host.clock.now() + 1_000);
    const { runtimeStatus, output } = await host.status("i");
    expect([runtimeStatus, output]).toEqual(["Completed", { approved: { by: "me" } }]);
  });

  it("takes the timer when no event comes", async () => {
    const host = await virtualHost({ orchestrators: { approve } });
    const begun = host.clock.now();
    expect((await host.run("approve")).output).toBe("timeout");
    expect(host.clock.now() - begun).toBe(600_000);
  });

  it("stays Running until a losing timer that was not cancelled has fired", async () => {
    const host = await virtualHost({
      orchestrators: {
        *race(context) {
          const { df } = context;
          yield df.Task.any([later(context, 3_600_000), df.callActivity("say", "x")]);
          return "won";
        },
      },
      activities: { say },
    });
    await host.engine.hub.start({ name: "race", instanceId: "i" });
    await host.settle(host.clock.now() + 60_000);
    expect((await host.status("i")).runtimeStatus).toBe("Running");
    await host.settle();
    expect((await host.status("i")).output).toBe("won");
  });

  it("gives early events to later waiters, first in first out", async () => {
    const host = await virtualHost({
      orchestrators: {
        *listen(context) {
          yield later(context, 1_000);
          const first: unknown = yield context.df.waitForExternalEvent("go");
          const second: unknown = yield context.df.waitForExternalEvent("go");
          return [first, second];
        },
      },
    });
    const { hub } = host.engine;
    await hub.start({ name: "listen", instanceId: "i" });
    await host.settle(host.clock.now());
    await hub.raiseEvent("i", "go", "1");
    await hub.raiseEvent("i", "go", "2");
    await host.settle();
    expect((await host.status("i")).output).toEqual([1, 2]);
  });

  it("waits for a timer of twenty days in one hop", async () => {
    const host = await virtualHost({
      orchestrators: {
        *long(context) {
          yield later(context, 20 * 86_400_000);
          return "late";
        },
      },
    });
    expect((await host.run("long")).output).toBe("late");
  });
});

function* approve(context: OrchestrationContext): Generator<Task, unknown, unknown> {
  const timer = later(context, 600_000);
  const event = context.df.waitForExternalEvent("approval");
  const winner: unknown = yield context.df.Task.any([timer, event]);
  if (winner !== event) return "timeout";
  timer.cancel();
  return { approved: event.result };
}
