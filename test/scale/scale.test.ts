import { readFile } from "node:fs/promises";
import { startEnvironment, type TestEnvironment } from "../support/environment.ts";
import { ended, query, remove, running } from "../support/instances.ts";
import { instanceObjects } from "../support/leftovers.ts";
import { commandLines } from "../support/pods.ts";

const COUNT = 50;
const WITHIN_MS = 600_000;

let env: TestEnvironment;

beforeAll(async () => {
  // As in production: the quick intervals of the other tests would measure the health checks.
  env = await startEnvironment({
    env: { HEALTH_INTERVAL_SECONDS: "30", SWEEP_SCHEDULE: "0 * * * * *" },
  });
}, 120_000);

afterAll(() => env.stop(), 120_000);

const seconds = (since: number): number => Math.round((performance.now() - since) / 100) / 10;

/** Of the environment's processes, in MB: what several share counts once, in parts. */
async function memory(): Promise<Record<string, number>> {
  const lines = await commandLines();
  const kinds = new Map<number, string>();
  for (const [pid, args] of lines) {
    const line = args.join(" ");
    const service = /local\/(functions-host|cluster|postgres)\/main\.ts/.exec(line)?.[1];
    if (!line.includes(env.data)) continue;
    if (service !== undefined) kinds.set(pid, service);
    else if (line.includes(" -c listen_addresses=")) kinds.set(pid, "PostgreSQL servers");
  }
  const sums: Record<string, number> = {};
  for (const pid of lines.keys()) {
    const kind = kinds.get(pid) ?? kinds.get(await parentOf(pid));
    if (kind !== undefined) sums[kind] = (sums[kind] ?? 0) + (await proportionalKilobytes(pid));
  }
  return Object.fromEntries(
    Object.entries(sums).map(([kind, kb]) => [kind, Math.round(kb / 1024)]),
  );
}

const numberIn = async (file: string, line: RegExp): Promise<number> =>
  Number(line.exec(await readFile(file, "utf8").catch(() => ""))?.[1] ?? 0);

const parentOf = (pid: number) => numberIn(`/proc/${pid}/status`, /^PPid:\s+(\d+)$/m);

const proportionalKilobytes = (pid: number) =>
  numberIn(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+) kB$/m);

describe(`${COUNT} instances at once`, () => {
  it(
    "all run and answer, and all go",
    async () => {
      const names = Array.from({ length: COUNT }, (_, index) => `scale-${index}`);
      const began = performance.now();
      const made = await Promise.all(names.map((name) => running(env, { name }, WITHIN_MS)));
      const runningAfter = seconds(began);
      const answers = await Promise.all(
        made.map((one) => query<{ one: number }>(one, "select 1 as one")),
      );
      expect(answers.flat()).toEqual(names.map(() => ({ one: 1 })));
      expect(new Set(made.map(({ instance }) => instance.externalIp)).size).toBe(COUNT);
      const megabytes = await memory();

      const deleting = performance.now();
      const deletes = await Promise.all(names.map((name) => remove(env, name)));
      const outcomes = await Promise.all(deletes.map(({ id }) => ended(env, id, WITHIN_MS)));
      const goneAfter = seconds(deleting);
      expect(outcomes.map(({ status }) => status)).toEqual(names.map(() => "succeeded"));
      expect(await instanceObjects(env.kubeconfig)).toEqual([]);

      process.stdout.write(
        `\n${COUNT} instances: all running after ${runningAfter} s, all gone after ${goneAfter} s\n` +
          `memory in MB (PSS): ${JSON.stringify(megabytes)}\n\n`,
      );
    },
    2 * WITHIN_MS,
  );
});
