import { withPostgres } from "../../support/postgres.ts";
import { openWorld, type World } from "../../support/world/world.ts";
import { callsOf, runCell, type CallOf } from "./cell.ts";
import { faults, type Fault } from "./faults.ts";
import { scenarios, type Scenario } from "./scenarios.ts";
import { record } from "./table.ts";

/** `FAULTS=all` runs every cell; otherwise one of so many, the same ones each time. */
const ALL = process.env["FAULTS"] === "all";
const ONE_OF = 24;
/** A step that is repeated while it waits is hit at its first calls only: the later ones are the same. */
const REPEATS = 2;

/** The tests of the matrix for these scenarios: one a scenario and fault, over all calls. */
export function faultMatrix(file: string, names: readonly string[]): void {
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
        "$name at each call, ends as the design allows and leaves nothing behind",
        async (fault) => {
          const wrong: string[] = [];
          for (const call of calls.get(scenario.name) ?? []) {
            if (!isWanted(scenario, fault, call)) continue;
            const { end, wrong: found, struck } = await runCell(world, scenario, fault, call);
            const step = `${call.activity.split("::").at(-1) ?? ""} ${call.nth}`;
            if (struck || found.length > 0) {
              const result = { ...call, scenario: scenario.name, fault: fault.name };
              record(file, { ...result, end, wrong: found });
            }
            wrong.push(...found.map((sentence) => `${step}: ${sentence}`));
            // How often a slice is repeated depends on how quick the machine is; that there is one does not.
            if (!struck && call.nth === 1) wrong.push(`${step}: the call never came`);
          }
          expect(wrong).toEqual([]);
        },
        180_000,
      );
    });
  }
}

function isWanted(scenario: Scenario, fault: Fault, call: CallOf): boolean {
  if (fault.needs !== undefined && !call.touches.has(fault.needs)) return false;
  if (call.nth > REPEATS) return false;
  return ALL || hash(`${scenario.name} ${fault.name} ${call.activity} ${call.nth}`) % ONE_OF === 0;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
