import type { Watch } from "../../src/domain/metadata.ts";
import type { Repair } from "../../src/domain/repairs.ts";
import { jsonLog } from "../../src/durable/log.ts";
import { sweep, type SweepServices } from "../../src/functions/sweep.ts";
import type { Workflows } from "../../src/functions/workflows.ts";
import { notedWorkflows } from "./api.ts";
import { noGauges } from "./gauges.ts";

export const NOW = new Date("2026-11-21T08:00:00.000Z");
export const DAY_MS = 24 * 3_600_000;

/** An operation whose history has been kept for long enough. */
export const old = (id: string) => ({ id, kind: "delete" as const, instanceId: `of-${id}` });

/** One turn over these findings, or one at each of these moments: what was asked for, what was purged, the log's events. */
export async function sweeping(
  found: Partial<Watch>,
  overrides: Partial<Workflows> = {},
  given: Partial<SweepServices["settings"]> = {},
  moments: readonly Date[] = [NOW],
) {
  const { workflows, calls } = notedWorkflows(overrides);
  const ages: [string, number][] = [];
  const purged: string[] = [];
  const dropped: [number, number][] = [];
  const repairs: Repair[] = [];
  const forgotten: string[] = [];
  const events: string[] = [];
  const write = (line: string) => {
    const { event } = JSON.parse(line) as { event: string };
    // The one line of each turn; gauges.test.ts looks at it.
    if (event !== "gauges.sampled") events.push(event);
  };
  const nothing = (what: string) => async (olderThanMs: number) => {
    ages.push([what, olderThanMs]);
    return [];
  };
  const watch: Watch = {
    exclusively: async (work) => work().then(() => true),
    startable: nothing("startable"),
    running: nothing("running"),
    healthSilent: nothing("healthSilent"),
    purgeable: nothing("purgeable"),
    markPurged: async (id) => void purged.push(id),
    dropHealthChanges: async (olderThanMs, limit) => dropped.push([olderThanMs, limit]),
    unattended: async () => [],
    adopt: async () => undefined,
    noteRepair: async (repair) => repairs.push(repair) > 0,
    stalledMs: async () => 0,
    forgetStall: async (id) => void forgotten.push(id),
    statesOf: async () => new Map(),
    gauges: async () => noGauges,
    ...found,
  };
  const settings = {
    ...{ healthIntervalMs: 30_000, healthRetryMs: 10_000, healthWriteIntervalMs: 300_000 },
    ...given,
  };
  const log = jsonLog({ info: write, warn: write, error: write });
  for (const now of moments)
    await sweep({ watch, workflows, clock: { now: () => now }, settings }, log);
  return { calls, purged, dropped, events, ages, repairs, forgotten };
}
