import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { toygres } from "../../src/library.ts";
import { withPostgres } from "../support/postgres.ts";
import { openWorld, type World } from "../support/world/world.ts";
import { callsOf } from "./matrix/cell.ts";
import { scenarios, type Scenario } from "./matrix/scenarios.ts";

const ORCHESTRATION = {
  create: "toygres::orchestration::create-instance",
  delete: "toygres::orchestration::delete-instance",
  "health-check": "toygres::orchestration::health-check",
  monitor: "toygres::orchestration::monitor-operation",
} as const satisfies Record<Scenario["under"], string>;

/** A new activity of an orchestration, for which no scenario comes by, fails the matrix. */
describe("the scenarios of the fault matrix", () => {
  const server = withPostgres();
  let world: World;

  beforeAll(async () => {
    world = await openWorld({ databaseUrl: (await server.newDatabase()).url });
  });
  afterAll(() => world.close());

  it.each(Object.entries(ORCHESTRATION))(
    "of %s come by every activity that its definition names",
    async (under, orchestration) => {
      const met = new Set<string>();
      for (const scenario of scenarios.filter((it) => it.under === under)) {
        for (const { activity } of await callsOf(world, scenario)) met.add(activity);
      }
      const { uses = [] } = toygres.orchestrations.find((it) => it.name === orchestration) ?? {};
      expect(uses.length).toBeGreaterThan(0);
      expect(uses.map(({ name }) => name).filter((name) => !met.has(name))).toEqual([]);
    },
    120_000,
  );

  it("are each run by one file of the matrix", () => {
    const files = readdirSync("test/faults").filter((it) => /^matrix-.*\.test\.ts$/.test(it));
    const texts = files.map((file) => readFileSync(join("test/faults", file), "utf8"));
    const runBy = scenarios.map(({ name }) => [
      name,
      texts.filter((text) => text.includes("faultMatrix(") && text.includes(`"${name}"`)).length,
    ]);
    expect(runBy).toEqual(scenarios.map(({ name }) => [name, 1]));
  });
});
