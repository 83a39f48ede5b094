/** One of the processes of `run-all.ts`: a world of its own, in which it does the jobs that it is given, one by one. */
import { throwawayPostgres } from "../../support/postgres.ts";
import { openWorld } from "../../support/world/world.ts";
import { callsOf, type CallOf } from "./cell.ts";
import { faults } from "./faults.ts";
import { canHit, hitEach, type Hits } from "./hits.ts";
import { scenarios } from "./scenarios.ts";

export interface Job {
  readonly scenario: string;
  readonly fault: string;
}

export type Done = Job & Hits;

const server = throwawayPostgres();
await server.open();
const world = await openWorld({ databaseUrl: (await server.newDatabase()).url });
const calls = new Map<string, readonly CallOf[]>();

async function work({ scenario: name, fault: called }: Job): Promise<Hits> {
  const scenario = scenarios.find((it) => it.name === name);
  const fault = faults.find((it) => it.name === called);
  if (scenario === undefined || fault === undefined) throw new Error(`no "${name}", "${called}"`);
  const known = calls.get(name) ?? (await callsOf(world, scenario));
  calls.set(name, known);
  return hitEach(
    world,
    scenario,
    fault,
    known.filter((call) => canHit(fault, call)),
  );
}

const tell = (message: Done | "ready"): void => void process.send?.(message);

let ending = false;
/** At the end, and when whoever gave the jobs is gone or lost patience; the server's data goes in any case. */
async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  if (code === 0) await world.close();
  await server.close();
  process.exit(code);
}
process.on("disconnect", () => void end(1));
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void end(1));

process.on("message", (job: Job | "end") => {
  if (job === "end") {
    void end(0);
    return;
  }
  work(job)
    .catch((error: unknown): Hits => ({
      results: [],
      wrong: [`the run itself failed: ${String(error)}`],
    }))
    .then((hits) => tell({ ...job, ...hits }))
    .catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    });
});
tell("ready");
