import type { InstanceState } from "../../src/domain/instance.ts";
import type { LabelledObject } from "../../src/domain/inspection.ts";
import type { Repair } from "../../src/domain/repairs.ts";
import { jsonLog } from "../../src/durable/log.ts";
import { lookForOrphans, type OrphanServices } from "../../src/functions/look-for-orphans.ts";

/** An object of an instance, made before that was deleted. */
export const object = (
  instanceId: string,
  name: string,
  more: Partial<LabelledObject> = {},
): LabelledObject => ({
  ...{ kind: "Secret", name, uid: `uid of ${name}`, instanceId, leaving: false, claimed: false },
  createdAt: "2030-01-01T10:00:00.000Z",
  ...more,
});

type Pages = Readonly<Record<string, readonly (readonly LabelledObject[])[]>>;

/** One look through these namespaces, whose objects come in pages; instances are known by their states. */
export async function looking(
  pages: Pages,
  states: Readonly<Record<string, InstanceState | "failed and cleaned up">>,
  overrides: Partial<OrphanServices["watch"] & OrphanServices["inspection"]> = {},
) {
  const asked: (readonly string[])[] = [];
  const removals: unknown[] = [];
  const repairs: Repair[] = [];
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  const port = {
    exclusively: async (work: () => Promise<void>) => work().then(() => true),
    async statesOf(ids: readonly string[]) {
      asked.push(ids);
      const known = Object.entries(states).filter(([id]) => ids.includes(id));
      return new Map(
        known.map(([id, state]) => [
          id,
          {
            ...{
              state: state === "failed and cleaned up" ? "failed" : state,
              namespace: "toygres",
            },
            ...(state === "deleted" && { deletedAt: "2030-01-01T12:00:00.000Z" }),
            ...(state === "failed and cleaned up" && { cleanedUp: true }),
            ...(state === "failed" && { cleanedUp: false }),
          },
        ]),
      );
    },
    noteRepair: async (repair: Repair) => repairs.push(repair) > 0,
    async *labelled(namespace: string) {
      yield* pages[namespace] ?? [];
    },
    async removeLabelled(target: unknown) {
      removals.push(target);
      return { removed: [object("i", "a")], remaining: [] };
    },
    ...overrides,
  };
  const services = { watch: port, inspection: port, settings: { namespaces: Object.keys(pages) } };
  await lookForOrphans(services, jsonLog({ info: write, warn: write, error: write }));
  return { asked, removals, repairs, lines, events: lines.map(({ event }) => event) };
}
