import type { World } from "../../support/world/world.ts";
import { runCell, type CallOf } from "./cell.ts";
import type { Fault } from "./faults.ts";
import type { Scenario } from "./scenarios.ts";
import type { Result } from "./table.ts";

/** A step that is repeated while it waits is hit at its first calls only: the later ones are the same. */
const REPEATS = 2;

export interface Hits {
  readonly results: readonly Result[];
  /** Empty: all is as it has to be. */
  readonly wrong: readonly string[];
}

/** Lives a scenario once for each of its calls, with the fault at that call. */
export async function hitEach(
  world: World,
  scenario: Scenario,
  fault: Fault,
  calls: readonly CallOf[],
): Promise<Hits> {
  const results: Result[] = [];
  const wrong: string[] = [];
  for (const call of calls) {
    const { activity, nth } = call;
    const { end, wrong: found, struck } = await runCell(world, scenario, fault, call);
    const step = `${activity.split("::").at(-1) ?? ""} ${nth}`;
    if (struck || found.length > 0)
      results.push({
        activity,
        nth,
        scenario: scenario.name,
        fault: fault.name,
        end,
        wrong: found,
      });
    wrong.push(...found.map((sentence) => `${step}: ${sentence}`));
    // How often a slice is repeated depends on how quick the machine is; that there is one does not.
    if (!struck && nth === 1) wrong.push(`${step}: the call never came`);
  }
  return { results, wrong };
}

export function canHit({ needs }: Fault, { touches, nth }: CallOf): boolean {
  return (needs === undefined || touches.has(needs)) && nth <= REPEATS;
}
