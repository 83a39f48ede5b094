import { withPostgres } from "../../support/postgres.ts";
import { openWorld, type World } from "../../support/world/world.ts";
import { callsOf, type CallOf } from "./cell.ts";
import { faults, type Fault } from "./faults.ts";
import { canHit, hitEach } from "./hits.ts";
import { scenarios, type Scenario } from "./scenarios.ts";

/** Of the cells of the matrix, one in so many, the same ones each time; `npm run test:faults` runs them all. */
const ONE_OF = 24;

/** A sample of the matrix for these scenarios: a test for each scenario and fault, over the calls that were drawn. */
export function faultMatrix(names: readonly string[]): void {
  const server = withPostgres();
  let world: World;
  const calls = new Map<string, readonly CallOf[]>();

  beforeAll(async () => {
    world = await openWorld({ databaseUrl: (await server.newDatabase()).url });
  });
  afterAll(() => world.close());

  for (const scenario of scenarios.filter(({ name }) => names.includes(name))) {
    describe(`${scenario.name}, hit by`, () => {
      beforeAll(async () => {
        calls.set(scenario.name, await callsOf(world, scenario));
      }, 60_000);

      it.each(faults)(
        "$name at each call that was drawn, ends as the design allows and leaves nothing behind",
        async (fault) => {
          const all = calls.get(scenario.name) ?? [];
          const drawn = all.filter((call) => canHit(fault, call) && isDrawn(scenario, fault, call));
          expect((await hitEach(world, scenario, fault, drawn)).wrong).toEqual([]);
        },
        180_000,
      );
    });
  }
}

function isDrawn(scenario: Scenario, fault: Fault, { activity, nth }: CallOf): boolean {
  return hash(`${scenario.name} ${fault.name} ${activity} ${nth}`) % ONE_OF === 0;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
