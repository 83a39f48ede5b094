import { regressions } from "./model/regressions.ts";
import { runModel, runSteps, withModelWorld } from "./model/run.ts";

const world = withModelWorld();
/** The gate tries a few, the same ones each time; `npm run test:model` many, and others each time. */
const RUNS = Number(process.env["MODEL_RUNS"] ?? 8);
const SEED = Number(process.env["MODEL_SEED"] ?? 1);

describe("any sequence of calls, faults and time", () => {
  it(
    "ends as the model says, with nothing lost and nothing left",
    async () => {
      process.stdout.write(`model: ${RUNS} sequences, MODEL_SEED=${SEED}\n`);
      await runModel(world, RUNS, SEED);
    },
    60 * 60_000,
  );

  it.each(regressions)("that failed once: $why", async ({ steps }) => {
    await runSteps(world(), steps);
  });
});
