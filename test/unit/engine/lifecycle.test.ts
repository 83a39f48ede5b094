import type { OrchestrationContext, Task } from "durable-functions";
import { plannedFaults } from "../../../local/functions-host/engine/faults.ts";
import { heapMegabytes } from "../../support/heap.ts";
import { virtualHost } from "./virtual-host.ts";

type Steps = Generator<Task, unknown, unknown>;

const say = (input: unknown) => `Hello ${String(input)}`;
const later = ({ df }: OrchestrationContext, ms: number) =>
  df.createTimer(new Date(df.currentUtcDateTime.getTime() + ms));

/** Counts down, one generation for each number, with an hour between. */
function* countdown(context: OrchestrationContext): Steps {
  const { n } = context.df.getInput<{ n: number }>();
  yield later(context, 3_600_000);
  if (n === 0) return "done";
  context.df.continueAsNew({ n: n - 1 });
  return null;
}

function* health(context: OrchestrationContext): Steps {
  const { turn, turns } = context.df.getInput<{ turn: number; turns: number }>();
  yield context.df.callActivity("probe", { turn });
  if (turn === turns) return "over";
  yield later(context, 30_000);
  context.df.continueAsNew({ turn: turn + 1, turns });
  return null;
}

describe("a sub-orchestration on the local engine", () => {
  it("gives its result to its parent", async () => {
    const host = await virtualHost({
      orchestrators: {
        *parent({ df }): Steps {
          return yield df.callSubOrchestrator("child", { name: "B" }, `${df.instanceId}:child`);
        },
        *child({ df }): Steps {
          return yield df.callActivity("say", df.getInput<{ name: string }>().name);
        },
      },
      activities: { say },
    });
    expect((await host.run("parent")).output).toBe("Hello B");
    expect((await host.status("i:child")).output).toBe("Hello B");
  });

  it("lets its parent catch its failure", async () => {
    const host = await virtualHost({
      orchestrators: {
        *parent({ df }): Steps {
          try {
            yield df.callSubOrchestrator("child", {});
          } catch (error) {
            return (error as Error).message.split(" \n ")[0];
          }
          return null;
        },

        *child(): Steps {
          throw new Error("no luck");
        },
      },
    });
    expect((await host.run("parent")).output).toBe("Orchestrator function 'child' failed: no luck");
  });

  it("fails its parent beyond any catch when it is terminated", async () => {
    const host = await virtualHost({
      orchestrators: {
        *parent({ df }): Steps {
          try {
            yield df.callSubOrchestrator("child", { n: 0 }, "kid");
          } catch {
            return "caught";
          }
          return null;
        },
        child: countdown,
      },
    });
    await host.engine.hub.start({ name: "parent", instanceId: "i" });
    await host.settle(host.clock.now() + 1);
    await host.engine.hub.terminate("kid", "enough");
    await host.settle();
    expect(await host.status("kid")).toMatchObject({
      runtimeStatus: "Terminated",
      output: "enough",
    });
    const { runtimeStatus, output } = await host.status("i");
    expect(runtimeStatus).toBe("Failed");
    expect(output).toMatch(/^Orchestrator function 'parent' failed: .*could not parse/s);
  });
});

describe("an eternal orchestration on the local engine", () => {
  it("goes on as new with the same id, another start and no history of before", async () => {
    const host = await virtualHost({ orchestrators: { countdown } });
    const begun = host.clock.now();
    const { output, createdTime, input } = await host.run("countdown", { n: 3 });
    expect([output, input]).toEqual(["done", { n: 0 }]);
    expect(createdTime.getTime() - begun).toBe(3 * 3_600_000);
    expect(await host.trail("i")).toHaveLength("( start timer ) ( fired end )".split(" ").length);
  });

  it("drops, with a warning, events that nothing had waited for at continueAsNew", async () => {
    const host = await virtualHost({ orchestrators: { countdown } });
    await host.engine.hub.start({ name: "countdown", instanceId: "i", input: '{"n":1}' });
    await host.settle(host.clock.now());
    await host.engine.hub.raiseEvent("i", "hello", "1");
    await host.settle();
    expect(host.logs).toContainEqual(expect.stringContaining('dropped its event "hello"'));
  });

  it("does 10,000 turns in seconds, with no longer history and no more memory than after few", async () => {
    const host = await virtualHost({
      orchestrators: { health },
      activities: { probe: () => null },
    });
    const lengths = new Set<number>();
    await host.run("health", { turn: 1, turns: 3 }, "short");
    lengths.add((await host.trail("short")).length);
    const before = heapMegabytes();
    expect((await host.run("health", { turn: 1, turns: 10_000 }, "long")).output).toBe("over");
    lengths.add((await host.trail("long")).length);
    expect(lengths.size).toBe(1);
    // 10,000 turns that each kept 2 KB, a fraction of their messages, would be 20.
    expect(heapMegabytes() - before).toBeLessThan(12);
  });

  it("is stopped by terminate, even in one batch with its continueAsNew", async () => {
    const host = await virtualHost({ orchestrators: { countdown } });
    await host.engine.hub.start({ name: "countdown", instanceId: "i", input: '{"n":1000}' });
    await host.settle(host.clock.now());
    host.clock.set(host.clock.now() + 3_600_000);
    await host.engine.hub.terminate("i", "enough");
    await host.settle();
    expect(await host.status("i")).toMatchObject({ runtimeStatus: "Terminated", output: "enough" });
  });

  it("loses a terminate to continueAsNew when the fault kit asks for the real host's race", async () => {
    const rule = { orchestrator: "countdown", do: "terminate-loses", call: 1 } as const;
    const host = await virtualHost(
      { orchestrators: { countdown } },
      { faults: plannedFaults([{ ...rule, call: 2 }], () => undefined) },
    );
    await host.engine.hub.start({ name: "countdown", instanceId: "i", input: '{"n":1}' });
    await host.settle(host.clock.now());
    host.clock.set(host.clock.now() + 3_600_000);
    await host.engine.hub.terminate("i", "enough");
    await host.settle();
    expect(await host.status("i")).toMatchObject({ runtimeStatus: "Completed", output: "done" });
  });
});

describe("terminate, suspend and resume on the local engine", () => {
  it("terminates while an activity is out, and drops its answer", async () => {
    let finish = (): void => undefined;
    const host = await virtualHost({
      orchestrators: {
        *wait({ df }): Steps {
          return yield df.callActivity("slow", {});
        },
      },
      activities: { slow: () => new Promise<void>((resolve) => (finish = resolve)) },
    });
    const { hub } = host.engine;
    await hub.start({ name: "wait", instanceId: "i" });
    while ((await host.trail("i")).length < 4) await new Promise(setImmediate);
    await hub.terminate("i", "now");
    while ((await host.status("i")).runtimeStatus === "Running") await new Promise(setImmediate);
    finish();
    await host.settle();
    expect(await host.status("i")).toMatchObject({ runtimeStatus: "Terminated", output: "now" });
    await expect(hub.terminate("i")).rejects.toMatchObject({
      code: "InstanceFinished",
      status: 410,
    });
    await expect(hub.terminate("none")).rejects.toMatchObject({ code: "InstanceNotFound" });
  });

  it("holds events back while it is suspended", async () => {
    const host = await virtualHost({
      orchestrators: {
        *listen({ df }): Steps {
          return yield df.waitForExternalEvent("go");
        },
      },
    });
    const { hub } = host.engine;
    await hub.start({ name: "listen", instanceId: "i" });
    await host.settle();
    await hub.suspend("i", "lunch");
    await host.settle();
    await hub.raiseEvent("i", "go", "1");
    await host.settle();
    expect(await host.status("i")).toMatchObject({ runtimeStatus: "Suspended", output: "lunch" });
    await expect(hub.suspend("i")).rejects.toMatchObject({
      message:
        "Cannot suspend the orchestration instance i because instance is in the Suspended state.",
    });
    await hub.resume("i", "back");
    await host.settle();
    expect(await host.status("i")).toMatchObject({ runtimeStatus: "Completed", output: 1 });
  });

  it("refuses a second start of an unfinished id and a purge of a running one", async () => {
    const host = await virtualHost({ orchestrators: { countdown } });
    const { hub } = host.engine;
    await hub.start({ name: "countdown", instanceId: "i", input: '{"n":0}' });
    await host.settle(host.clock.now());
    await expect(hub.start({ name: "countdown", instanceId: "i" })).rejects.toMatchObject({
      code: "InstanceExists",
      existing: "Running",
      message: "An Orchestration instance with the status Running already exists.",
    });
    await expect(hub.purge("i")).rejects.toMatchObject({
      code: "InstanceNotFinished",
      status: 412,
    });
    await host.settle();
    await hub.purge("i");
    expect(await hub.status("i")).toBeNull();
  });
});
