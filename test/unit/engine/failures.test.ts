import type { OrchestrationHandler, Task } from "durable-functions";
import { MemoryStore } from "../../../local/functions-host/engine/memory-store.ts";
import { virtualHost } from "./virtual-host.ts";

type Steps = Generator<Task, unknown, unknown>;
type Ends = Generator<Task, void, unknown>;

const activities = {
  say: (input: unknown) => `Hello ${String(input)}`,
  bad: () => {
    throw new Error("boom");
  },
};

describe("a failing orchestration on the local engine", () => {
  /** What a function does, and the status and output that the real host gives it. */
  const table: [string, OrchestrationHandler, string, unknown][] = [
    [
      "throws an Error",

      function* (): Steps {
        throw new Error("x");
      },
      "Failed",
      "Orchestrator function 'it' failed: x",
    ],
    [
      "throws a string",

      function* (): Steps {
        // eslint-disable-next-line @typescript-eslint/only-throw-error
        throw "x";
      },
      "Running",
      null,
    ],
    [
      "throws an Error without a message",

      function* (): Steps {
        throw new Error("");
      },
      "Running",
      null,
    ],
    [
      "yields what is no task",
      function* (): Ends {
        yield 5 as never;
      },
      "Failed",
      expect.stringContaining("programming constraint violation"),
    ],
    [
      "goes on as new and then throws",

      function* ({ df }): Steps {
        df.continueAsNew({});
        throw new Error("late");
      },
      "Failed",
      "Orchestrator function 'it' failed: late",
    ],
    [
      "asks for all of nothing",
      function* ({ df }): Ends {
        yield df.Task.all([]);
      },
      "Failed",
      expect.stringContaining("at least one Task"),
    ],
    [
      "returns what is no JSON",

      function* (): Steps {
        return 1n;
      },
      "Failed",
      expect.stringContaining("BigInt"),
    ],
    [
      "does not catch an activity's failure",
      function* ({ df }): Ends {
        yield df.callActivity("bad", {});
      },
      "Failed",
      expect.stringMatching(
        /^Orchestrator function 'it' failed: Activity function 'bad' failed: {2}boom \n \{"\$type"/,
      ),
    ],
    [
      "calls an activity that is not registered",
      function* ({ df }): Ends {
        yield df.callActivity("nosuch", {});
      },
      "Running",
      null,
    ],
    [
      "asks for a durable entity",
      function* ({ df }): Ends {
        yield df.callHttp({ method: "GET", url: "http://127.0.0.1/" });
      },
      "Failed",
      expect.stringContaining("the local functions host does not do callHttp"),
    ],
    [
      "sets a customStatus that is too large",
      function* ({ df }): Ends {
        df.setCustomStatus("x".repeat(8_702));
        yield df.callActivity("say", "x");
      },
      "Failed",
      expect.stringContaining("must not exceed 16 KB. The current payload size is 17 KB."),
    ],
    [
      "sets a customStatus that just fits",
      function* ({ df }): Steps {
        df.setCustomStatus("x".repeat(8_701));
        return yield df.callActivity("say", "x");
      },
      "Completed",
      "Hello x",
    ],
  ];

  it.each(table)("that %s", async (_what, it, runtimeStatus, output) => {
    const host = await virtualHost({ orchestrators: { it }, activities });
    expect(await host.run("it")).toMatchObject({ runtimeStatus, output });
    if (runtimeStatus === "Running") {
      expect(host.logs).toEqual([expect.stringMatching(/^error .*"i" \(it\).*for ever/)]);
    }
  });

  it("is Failed, with the names of all functions, when its function is unknown", async () => {
    const host = await virtualHost({ orchestrators: { *known(): Ends {} } });
    expect(await host.run("nosuch")).toMatchObject({
      runtimeStatus: "Failed",
      output: expect.stringMatching(
        /'nosuch' doesn't exist, is disabled, or is not an orchestrator function.*'known'/,
      ) as string,
    });
  });

  it("is Failed as non-deterministic when its function has been changed under way", async () => {
    const store = new MemoryStore();
    const before = await virtualHost(
      {
        orchestrators: {
          *it({ df }): Ends {
            yield df.callActivity("say", "x");
            yield df.waitForExternalEvent("go");
          },
        },
        activities,
      },
      { store },
    );
    await before.engine.hub.start({ name: "it", instanceId: "i" });
    await before.settle();
    await before.engine.stop();
    const after = await virtualHost(
      {
        orchestrators: {
          *it({ df }): Ends {
            yield df.callActivity("bad", "x");
          },
        },
        activities,
      },
      { store },
    );
    await after.engine.hub.raiseEvent("i", "go");
    await after.settle();
    expect(await after.status("i")).toMatchObject({
      runtimeStatus: "Failed",
      output: expect.stringMatching(
        /^Non-Deterministic workflow detected: .*'say'.*instead scheduled an activity task with name 'bad'/,
      ) as string,
    });
  });

  it("fails an activity that runs longer than functionTimeout", async () => {
    const host = await virtualHost(
      {
        orchestrators: {
          *it({ df }): Steps {
            return yield df.callActivity("never", {});
          },
        },
        activities: { never: () => new Promise(() => undefined) },
      },
      { functionTimeoutMs: 300_000 },
    );
    await host.engine.hub.start({ name: "it", instanceId: "i" });
    while ((await host.status("i")).runtimeStatus !== "Failed") {
      host.clock.jump();
      await new Promise(setImmediate);
    }
    expect((await host.status("i")).output).toContain(
      "Timeout value of 00:05:00 exceeded by function: never",
    );
  });
});
