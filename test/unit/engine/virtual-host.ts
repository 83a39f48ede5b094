import { VirtualClock } from "../../../local/functions-host/engine/clock.ts";
import type { EngineOptions } from "../../../local/functions-host/engine/engine-options.ts";
import { createEngine, type Engine } from "../../../local/functions-host/engine/engine.ts";
import { MemoryStore } from "../../../local/functions-host/engine/memory-store.ts";
import type { InstanceStatus } from "../../../local/functions-host/engine/task-hub.ts";
import { runVirtually } from "../../../local/functions-host/engine/virtual-time.ts";
import { libraryApp, type AppParts } from "./library-app.ts";

export interface VirtualHost {
  readonly engine: Engine;
  readonly clock: VirtualClock;
  readonly store: MemoryStore;
  readonly logs: readonly string[];
  /** Starts an instance and lets it run until nothing is left to wait for; its status then. */
  run(name: string, input?: unknown, instanceId?: string): Promise<InstanceStatus>;
  /** Lets time pass until nothing is due any more, or until a moment. */
  settle(limit?: number): Promise<void>;
  status(instanceId: string): Promise<InstanceStatus>;
  /** The kinds of event in the stored history, short. */
  trail(instanceId: string): Promise<readonly string[]>;
}

const SHORT: Record<number, string> = {
  0: "start",
  1: "end",
  3: "terminate",
  4: "task",
  5: "done",
  6: "failed",
  7: "child",
  8: "child done",
  9: "child failed",
  10: "timer",
  11: "fired",
  12: "(",
  13: ")",
  15: "event",
  19: "suspend",
  20: "resume",
};

/** A host on a memory store whose time stands still until it is told to jump. */
export async function virtualHost(
  app: AppParts,
  options: Partial<EngineOptions> = {},
): Promise<VirtualHost> {
  const clock = new VirtualClock();
  const store = new MemoryStore();
  const logs: string[] = [];
  const engine = createEngine({
    store,
    clock,
    invoker: libraryApp(app),
    log: (level, text) => void logs.push(`${level} ${text}`),
    pollMs: null,
    ...options,
  });
  await engine.start();
  const status = async (instanceId: string): Promise<InstanceStatus> => {
    const found = await engine.hub.status(instanceId);
    if (!found) throw new Error(`no instance "${instanceId}"`);
    return found;
  };
  const settle = (limit?: number) => runVirtually(clock, [engine.dispatcher], () => false, limit);
  return {
    engine,
    clock,
    store,
    logs,
    settle,
    status,
    async run(name, input, instanceId = "i") {
      const text = input === undefined ? {} : { input: JSON.stringify(input) };
      await engine.hub.start({ name, instanceId, ...text });
      await settle();
      return status(instanceId);
    },
    async trail(instanceId) {
      const history = await store.history(instanceId);
      return history.map(({ EventType }) => SHORT[EventType] ?? String(EventType));
    },
  };
}
