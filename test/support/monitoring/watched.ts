import { runQuery } from "../kql/run.ts";
import type { Table } from "../kql/values.ts";
import { operationOf } from "../world/api.ts";
import type { World } from "../world/world.ts";
import { textOfQuery } from "./files.ts";
import { alertRules, firing } from "./rules.ts";

type Line = Readonly<Record<string, unknown>>;

const HOUR_MS = 3_600_000;

/** A world as whoever is on call sees it: its lines, the answers of the saved queries, and the alerts. */
export function watched(world: World) {
  const now = (): Date => new Date(world.clock.now());
  const traces = (): Table =>
    world.traces.map((trace) => ({ ...trace, customDimensions: { Category: "Function.x.User" } }));
  const lines = (): readonly Line[] =>
    world.traces.map(({ message }) => JSON.parse(message) as Line);
  return {
    now,
    lines,
    linesOf: (event: string): readonly Line[] => lines().filter((line) => line["event"] === event),

    /** The saved query of this name over all lines, with an id where a person would write one. */
    ask: (name: string, ids: Readonly<Record<string, string>> = {}): Table => {
      const text = Object.entries(ids).reduce(
        (query, [what, id]) => query.replace(`"${what}"`, `"${id}"`),
        textOfQuery("queries", name),
      );
      return runQuery(text, { traces: traces() }, now());
    },

    /** The alerts that would fire now, each with its dimensions. */
    alerts: (): Readonly<Record<string, readonly object[]>> => {
      const all = alertRules().map(({ name }) => [name, firing(name, traces(), now())] as const);
      return Object.fromEntries(all.filter(([, fired]) => fired.length > 0));
    },

    /** Lets time pass until the operation has ended. */
    ended: async (operationId: string): Promise<void> => {
      const hasEnded = async () => (await operationOf(world, operationId)).hasEnded;
      if (!(await world.run(hasEnded, HOUR_MS))) throw new Error(`${operationId} has not ended`);
    },
  };
}
