import { startEnvironment, type TestEnvironment } from "../support/environment.ts";
import { ended, query, remove, running } from "../support/instances.ts";
import { instanceObjects } from "../support/leftovers.ts";
import { memoryOf } from "../support/memory.ts";

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
      const megabytes = await memoryOf(env.data);

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
