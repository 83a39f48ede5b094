import type { Task } from "durable-functions";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine, type Engine } from "../../../local/functions-host/engine/engine.ts";
import type { FaultRule } from "../../../local/functions-host/engine/faults.ts";
import { PostgresStore } from "../../../local/functions-host/engine/postgres-store.ts";
import type { InstanceStatus } from "../../../local/functions-host/engine/task-hub.ts";
import { withPostgres } from "../../support/postgres.ts";
import { libraryApp } from "../../unit/engine/library-app.ts";

const server = withPostgres();
const HOST = join(import.meta.dirname, "host-process.ts");

const POINTS: FaultRule[] = [
  { activity: "one", do: "crash-before" },
  { activity: "one", do: "crash-after" },
  { activity: "two", do: "crash-after" },
  { activity: "three", do: "crash-after" },
  { orchestrator: "threeSteps", call: 1, do: "crash-before-commit" },
  { orchestrator: "threeSteps", call: 1, do: "crash-after-commit" },
  { orchestrator: "threeSteps", call: 1, do: "crash-before-commit" },
];

async function until(
  engine: Engine,
  instanceId: string,
  done: (status: InstanceStatus) => boolean,
): Promise<InstanceStatus> {
  const end = Date.now() + 20_000;
  for (;;) {
    const status = await engine.hub.status(instanceId).catch(() => null);
    if (status && done(status)) return status;
    if (Date.now() > end)
      throw new Error(`"${instanceId}" is ${JSON.stringify(status)} after 20 s`);
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

describe("three steps on PostgreSQL", () => {
  it("survive kill -9 of their host at each point in turn", async () => {
    const folder = await mkdtemp(join(tmpdir(), "toygres-kill-"));
    const { url } = await server.newDatabase();
    const files = { faults: join(folder, "faults.json"), effects: join(folder, "effects") };
    await writeFile(files.faults, JSON.stringify(POINTS));
    const store = new PostgresStore(url);
    await store.open();
    const invoker = libraryApp({});
    const client = createEngine({ store, invoker, log: () => undefined });
    await client.hub.start({ name: "threeSteps", instanceId: "i" });
    let kills = 0;
    const children: ChildProcess[] = [];
    try {
      for (let life = 0; life <= POINTS.length; life += 1) {
        const args = [HOST, url, files.faults, files.effects, "host-1"];
        const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
        const exit = once(child, "exit");
        const ended = until(
          client,
          "i",
          ({ runtimeStatus }) => runtimeStatus !== "Running" && runtimeStatus !== "Pending",
        );
        children.push(child);
        const how = await Promise.race([exit.then(() => "killed"), ended.then(() => "ended")]);
        if (how === "ended") {
          child.kill("SIGKILL");
          await exit;
          break;
        }
        ended.catch(() => undefined);
        expect(child.signalCode).toBe("SIGKILL");
        kills += 1;
      }
      const status = await client.hub.status("i", { showHistory: true, showHistoryOutput: true });
      expect(status).toMatchObject({ runtimeStatus: "Completed", output: ["one", "two", "three"] });
      const tasks = status!.historyEvents!.filter(({ EventType }) => EventType === "TaskCompleted");
      expect(tasks.map(({ FunctionName }) => FunctionName)).toEqual(["one", "two", "three"]);
      expect(kills).toBe(POINTS.length);
      expect(existsSync(files.effects) && readFileSync(files.effects, "utf8")).toBe(
        "one\none\ntwo\ntwo\nthree\nthree\n",
      );
    } finally {
      for (const child of children) child.kill("SIGKILL");
      await store.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("go on by themselves when the database was killed and came back", async () => {
    const { url } = await server.newDatabase();
    const store = new PostgresStore(url);
    const logs: string[] = [];
    const engine = createEngine({
      store,
      invoker: libraryApp({
        orchestrators: {
          *wait({ df }): Generator<Task, unknown, unknown> {
            return yield df.waitForExternalEvent("go");
          },
        },
      }),
      log: (_level, text) => void logs.push(text),
      pollMs: 200,
    });
    await engine.start();
    try {
      await engine.hub.start({ name: "wait", instanceId: "i" });
      await until(engine, "i", ({ runtimeStatus }) => runtimeStatus === "Running");
      await server.kill9();
      const away = Date.now() + 10_000;
      while (logs.length === 0 && Date.now() < away) await new Promise((r) => setTimeout(r, 50));
      await server.restart();
      await until(engine, "i", () => true);
      await engine.hub.raiseEvent("i", "go", '"yes"');
      const { output } = await until(
        engine,
        "i",
        ({ runtimeStatus }) => runtimeStatus === "Completed",
      );
      expect(output).toBe("yes");
      expect(logs.filter((text) => text.startsWith("the durable store"))).toEqual([
        expect.stringContaining("the durable store does not answer; trying on"),
        "the durable store is back",
      ]);
    } finally {
      await engine.stop();
      await store.close();
    }
  });

  it("are shared by two hosts, each step recorded once", async () => {
    const { url } = await server.newDatabase();
    const done: string[] = [];
    const hosts = ["a", "b"].map((owner) => {
      const store = new PostgresStore(url);
      const invoker = libraryApp({
        orchestrators: {
          *fan({ df }): Generator<Task, unknown, unknown> {
            const all = Array.from({ length: 30 }, (_, n) => df.callActivity("step", { n }));
            return yield df.Task.all(all);
          },
        },
        activities: {
          step: (input) => {
            done.push(owner);
            return (input as { n: number }).n;
          },
        },
      });
      const options = { owner, maxActivities: 3, log: () => undefined };
      return { store, engine: createEngine({ store, invoker, ...options }) };
    });
    for (const { engine } of hosts) await engine.start();
    const [{ engine }] = hosts as [(typeof hosts)[0]];
    try {
      for (const id of ["1", "2", "3"]) await engine.hub.start({ name: "fan", instanceId: id });
      for (const id of ["1", "2", "3"]) {
        const ended = await until(engine, id, ({ runtimeStatus }) => runtimeStatus === "Completed");
        expect(ended.output).toEqual(Array.from({ length: 30 }, (_, n) => n));
      }
      expect(done).toHaveLength(90);
      expect(new Set(done)).toEqual(new Set(["a", "b"]));
    } finally {
      for (const host of hosts) {
        await host.engine.stop();
        await host.store.close();
      }
    }
  });
});
