import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FaultRule } from "../../local/functions-host/engine/faults.ts";
import { endOf, spawnHost, type LaunchOptions } from "../support/functions-host.ts";
import { freePort, withPostgres } from "../support/postgres.ts";

const postgres = withPostgres();
const root = mkdtempSync(join(tmpdir(), "toygres-slice-a-"));

afterAll(() => {
  rmSync(root, { recursive: true });
});

interface Outcome {
  readonly status: { readonly runtimeStatus: string; readonly output: unknown };
  /** How often the host died. */
  readonly deaths: number;
  /** Each time a step was done, in order. */
  readonly attempts: readonly string[];
  /** What was there at the end. */
  readonly effects: readonly string[];
}

/** Runs the orchestration "steps" on a host that is started again whenever it dies of a fault. */
async function survive(rules: readonly FaultRule[]): Promise<Outcome> {
  const folder = mkdtempSync(join(root, "case-"));
  const { url: storeUrl } = await postgres.newDatabase();
  const faults = join(folder, "faults.json");
  writeFileSync(faults, JSON.stringify(rules));
  const [attempts, steps] = [join(folder, "attempts"), join(folder, "steps")];
  const port = await freePort();
  const data = join(folder, "data");
  const { deaths, stop } = supervise({
    args: ["--port", `${port}`, "--store", "postgres", "--data", data, "--faults", faults],
    env: {
      FUNCTIONS_HOST_STORE_URL: storeUrl,
      HELLO_EFFECTS: attempts,
      HELLO_STEPS: steps,
    },
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    await started(url);
    const status = await endOf(url, "steps-1", 30_000);
    return {
      status,
      deaths: deaths(),
      attempts: readFileSync(attempts, "utf8").match(/^(one|two|three)$/gm) ?? [],
      effects: existsSync(steps) ? readdirSync(steps).sort() : [],
    };
  } finally {
    await stop();
  }
}

/** What the project's supervisor does, in its smallest form. */
function supervise(options: LaunchOptions) {
  let deaths = 0;
  let wanted = true;
  let host = spawnHost(options);
  const watch = (): void => {
    void host.ended.then((how) => {
      if (!wanted) return;
      if (how !== "SIGKILL") throw new Error(`the host ended by ${how}:\n${host.lines.join("\n")}`);
      deaths += 1;
      host = spawnHost(options);
      watch();
    });
  };
  watch();
  return {
    deaths: () => deaths,
    stop: async () => {
      wanted = false;
      host.child.kill("SIGKILL");
      await host.ended;
    },
  };
}

/** Asks until the start is known to be there: the answer may be lost when the host dies of a fault. */
async function started(url: string): Promise<void> {
  const until = Date.now() + 30_000;
  while (Date.now() < until) {
    const response = await fetch(
      `${url}/runtime/webhooks/durabletask/orchestrators/steps/steps-1`,
      {
        method: "POST",
        body: "{}",
      },
    ).catch(() => null);
    if (response?.status === 202 || response?.status === 409) return;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error("waited 30 s in vain until the orchestration was started");
}

const STEPS = ["one", "two", "three"];
const RIGHT = { runtimeStatus: "Completed", output: STEPS };

describe("an orchestration of three steps survives kill -9 of its host", () => {
  it.each([1, 2, 3])("before the effect of step %d, which is then done once", async (call) => {
    const outcome = await survive([{ activity: "record", call, do: "crash-before" }]);
    expect(outcome).toMatchObject({ status: RIGHT, deaths: 1, attempts: STEPS });
  });

  it.each([1, 2, 3])("after the effect of step %d, which is then done again", async (call) => {
    const outcome = await survive([{ activity: "record", call, do: "crash-after" }]);
    const twice = STEPS.flatMap((step, index) => (index === call - 1 ? [step, step] : [step]));
    expect(outcome).toMatchObject({ status: RIGHT, deaths: 1, attempts: twice });
    expect(outcome.effects).toEqual([...STEPS].sort());
  });

  it.each([1, 2, 3, 4])("before episode %d is written, and no step is done twice", async (call) => {
    const outcome = await survive([{ orchestrator: "steps", call, do: "crash-before-commit" }]);
    expect(outcome).toMatchObject({ status: RIGHT, deaths: 1, attempts: STEPS });
  });

  it.each([1, 2, 3, 4])("after episode %d is written, and no step is done twice", async (call) => {
    const outcome = await survive([{ orchestrator: "steps", call, do: "crash-after-commit" }]);
    expect(outcome).toMatchObject({ status: RIGHT, deaths: 1, attempts: STEPS });
  });

  it("at one point after another", async () => {
    const outcome = await survive([
      { orchestrator: "steps", do: "crash-before-commit" },
      { orchestrator: "steps", do: "crash-after-commit" },
      { activity: "record", do: "crash-before" },
      { activity: "record", do: "crash-after" },
      { activity: "record", call: 2, do: "crash-before" },
      { orchestrator: "steps", call: 2, do: "crash-after-commit" },
    ]);
    expect(outcome).toMatchObject({ status: RIGHT, deaths: 6 });
    expect(outcome.effects).toEqual([...STEPS].sort());
  });
});
