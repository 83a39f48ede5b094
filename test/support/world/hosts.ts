import type { VirtualClock } from "../../../local/functions-host/engine/clock.ts";
import { createEngine, type Engine } from "../../../local/functions-host/engine/engine.ts";
import { noFaults, type Faults } from "../../../local/functions-host/engine/faults.ts";
import { MemoryStore } from "../../../local/functions-host/engine/memory-store.ts";
import type { FunctionInvoker, TaskHub } from "../../../local/functions-host/engine/task-hub.ts";
import type { Services } from "../../../src/domain/services.ts";
import type { DurableClient } from "../../../src/durable/client.ts";
import { jsonLog, type LogSink } from "../../../src/durable/log.ts";
import { toRegisteredName } from "../../../src/durable/names.ts";
import { register } from "../../../src/durable/register.ts";
import { toygres } from "../../../src/library.ts";
import { libraryApp, type AppParts } from "../../unit/engine/library-app.ts";

/** One call of an activity: the name of its definition, and the orchestration that called it. */
export interface Call {
  readonly activity: string;
  readonly orchestrationId: string;
}

/** Lets `act` happen or not, and does something before or after it. */
export type Around = (
  call: Call,
  act: (signal?: AbortSignal) => Promise<unknown>,
) => Promise<unknown>;

export interface HostsOptions {
  readonly clock: VirtualClock;
  /** How many share the task hub. */
  readonly count: number;
  readonly services: Services;
  readonly durable: DurableClient;
  /** What the activities log goes here. */
  readonly sink: LogSink;
}

/** Hosts that run Toygres on one task hub in memory; one that has crashed is started again. */
export class Hosts {
  /** All calls of activities, in order. */
  readonly calls: Call[] = [];
  around: Around = (_call, act) => act();
  /** What the hosts do wrong from now on. */
  faults: Faults = noFaults;
  readonly #store = new MemoryStore();
  readonly #options: HostsOptions;
  readonly #invoker: FunctionInvoker;
  readonly #engines: Engine[] = [];

  constructor(options: HostsOptions) {
    this.#options = options;
    this.#invoker = this.#invokerOf(options);
  }

  async start(): Promise<void> {
    for (let at = 0; at < this.#options.count; at += 1) this.#engines[at] = await this.#launch(at);
  }

  get hub(): TaskHub {
    const [engine] = this.#engines;
    if (engine === undefined) throw new Error("no host was started");
    return engine.hub;
  }

  /** Resolves when none of them has anything to do at this moment; one that has crashed is there again by then. */
  async idle(): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet += 1) {
      for (const { dispatcher } of this.#engines) await dispatcher.idle();
      for (const [at, { dispatcher }] of this.#engines.entries()) {
        if (!dispatcher.crashed) continue;
        this.#engines[at] = await this.#launch(at);
        quiet = -1;
      }
    }
  }

  async stop(): Promise<void> {
    for (const engine of this.#engines) await engine.stop(1_000);
  }

  async #launch(at: number): Promise<Engine> {
    const launched = createEngine({
      store: this.#store,
      clock: this.#options.clock,
      invoker: this.#invoker,
      defaultVersion: "1.0",
      pollMs: null,
      owner: `host-${at}`,
      log: () => undefined,
      faults: {
        activity: (name, instanceId) => this.faults.activity(name, instanceId),
        episode: (name, terminates) => this.faults.episode(name, terminates),
        crash: () => this.faults.crash(),
      },
    });
    await launched.start();
    return launched;
  }

  /** Toygres' functions as the engine calls them. */
  #invokerOf({ services, durable, sink }: HostsOptions): FunctionInvoker {
    const orchestrators: Record<string, NonNullable<AppParts["orchestrators"]>[string]> = {};
    register(toygres, services, {
      defaultVersion: "1.0",
      app: {
        activity: () => undefined,
        orchestration: (name, { handler }) => void (orchestrators[name] = handler),
      },
    });
    const activities: Record<string, NonNullable<AppParts["activities"]>[string]> = {};
    for (const activity of toygres.activities) {
      activities[toRegisteredName(activity.name)] = (input, { instanceId, signal }) => {
        const log = jsonLog(sink, { orchestrationId: instanceId });
        const context = { log, orchestrationId: instanceId, durable, signal };
        const call = { activity: activity.name, orchestrationId: instanceId };
        this.calls.push(call);
        return this.around(call, (other = signal) =>
          activity.execute(input, services, { ...context, signal: other }),
        );
      };
    }
    return libraryApp({ orchestrators, activities });
  }
}
