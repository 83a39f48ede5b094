import fc from "fast-check";
import { withPostgres } from "../../support/postgres.ts";
import { openWorld, type World } from "../../support/world/world.ts";
import { Model } from "./model.ts";
import { calm, conclude, play, type Real } from "./play.ts";
import { anyStep, type Step } from "./step.ts";

/** A step as fast-check's model runner takes it; it prints itself so that a sequence can be kept. */
class Play implements fc.AsyncCommand<Model, Real> {
  readonly #step: Step;

  constructor(step: Step) {
    this.#step = step;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): Promise<void> {
    return play(this.#step, model, real);
  }

  toString(): string {
    return JSON.stringify(this.#step);
  }
}

export function withModelWorld(): () => World {
  const server = withPostgres();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ databaseUrl: (await server.newDatabase()).url });
  });
  afterAll(() => world.close());
  return () => world;
}

let sequences = 0;

/** Runs steps from a quiet world to their end; throws a sentence when something was not as it must be. */
export async function runSteps(world: World, steps: Iterable<Step>): Promise<void> {
  const { model, real } = fresh(world);
  for (const step of steps) await play(step, model, real);
  await conclude(model, real);
}

function fresh(world: World): { model: Model; real: Real } {
  sequences += 1;
  calm(world);
  return { model: new Model(), real: { world, prefix: `m${sequences}` } };
}

/** Random sequences; the counterexample of a failure is shrunk, and printed as steps with its seed. */
export async function runModel(world: () => World, numRuns: number, seed: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.commands([anyStep.map((step) => new Play(step))], { maxCommands: 14 }),
      async (commands) => {
        const { model, real } = fresh(world());
        await fc.asyncModelRun(() => ({ model, real }), commands);
        await conclude(model, real);
      },
    ),
    {
      numRuns,
      seed,
      endOnFailure: false,
      interruptAfterTimeLimit: 55 * 60_000,
      markInterruptAsFailure: true,
    },
  );
}
