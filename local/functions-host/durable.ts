import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "../processes/refusal.ts";
import { createEngine } from "./engine/engine.ts";
import { noFaults, type Faults } from "./engine/faults.ts";
import type { Store } from "./engine/store.ts";
import type { HostOptions } from "./host.ts";
import type { DurableTaskSettings } from "./host-json.ts";

export interface DurableOptions {
  readonly store: Store;
  readonly faults?: Faults;
  /** Where the name of this host is kept; absent: a name for this run only. */
  readonly dataDirectory?: string;
}

const STOP_LIMIT_MS = 5000;

/** Runs the durable engine on a store, as host.json asks. */
export function durableOn({
  store,
  faults,
  dataDirectory,
}: DurableOptions): HostOptions["startDurable"] {
  return async ({ invoker, settings, port, log }) => {
    const { durableTask, functionTimeoutMs } = settings;
    refuseOtherStrategies(durableTask);
    const engine = createEngine({
      store,
      invoker,
      faults: faults ?? noFaults,
      functionTimeoutMs,
      defaultVersion: durableTask.defaultVersion ?? null,
      log: (level, text) =>
        log({
          level: level === "info" ? "information" : level,
          category: "Host.Triggers.DurableTask",
          text,
        }),
      ...(dataDirectory !== undefined && { owner: `${hostName(dataDirectory)}:${port}` }),
      ...limit("maxActivities", durableTask.maxConcurrentActivityFunctions),
      ...limit("maxEpisodes", durableTask.maxConcurrentOrchestratorFunctions),
    });
    await engine.start();
    return {
      hub: engine.hub,
      stop: async () => {
        await engine.stop(STOP_LIMIT_MS);
        await store.close();
      },
    };
  };
}

function limit(name: "maxActivities" | "maxEpisodes", value: number | undefined) {
  return value === undefined ? {} : { [name]: value };
}

function refuseOtherStrategies(settings: DurableTaskSettings): void {
  const only = {
    versionMatchStrategy: "CurrentOrOlder",
    versionFailureStrategy: "Reject",
    overridableExistingInstanceStates: "NonRunningStates",
  } as const;
  for (const [name, value] of Object.entries(only)) {
    const asked = settings[name as keyof typeof only];
    if (asked !== value) {
      throw new Refusal(
        `host.json: durableTask.${name} "${asked}" is not supported by the local functions host, which has "${value}"`,
      );
    }
  }
}

/** The same after a restart, so that this host takes its own leases back at once. */
function hostName(directory: string): string {
  const path = join(directory, "host-name");
  if (!existsSync(path)) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path, `${randomUUID()}\n`);
  }
  return readFileSync(path, "utf8").trim();
}
