import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FaultRule } from "../../local/functions-host/engine/faults.ts";
import {
  poll,
  startEnvironment,
  temporaryFolder,
  type TestEnvironment,
} from "../support/environment.ts";
import { ended, query, remove, running } from "../support/instances.ts";
import { instanceObjects, onThisMachine } from "../support/leftovers.ts";

/** Cells of the fault matrix on real processes; a crash is `kill -9` of the functions host. */
const CREATE = [
  "begin-operation",
  "deploy-postgres",
  "wait-for-ready",
  "get-connection-strings",
  "ensure-certificate",
  "test-connection",
  "start-health-check",
  "update-metadata",
];
const DELETE = ["begin-operation", "stop-health-check", "delete-postgres", "update-metadata"];
const FAULTS = ["crash-before", "crash-after", "run-twice", "lose-answer", "fail-after"] as const;

/** Twenty, so that each step and each fault comes more than once. */
const CELLS = Array.from({ length: 20 }, (_, n) => {
  const [steps, of] = n < 12 ? [CREATE, "create" as const] : [DELETE, "delete" as const];
  return {
    of,
    step: steps[n % steps.length] ?? "",
    fault: FAULTS[(n * 3 + (n >> 2)) % 5] ?? "run-twice",
  };
});
const SOME = process.env["FAULTS"] === "all" ? CELLS : CELLS.filter((_cell, n) => n % 10 === 1);

let env: TestEnvironment;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  file = join(folder, "faults.json");
  await writeFile(file, "[]");
  env = await startEnvironment({ args: ["--faults", file] });
}, 120_000);
afterAll(async () => {
  await env.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** The host reads its faults when it starts. */
async function restartWith(rules: readonly FaultRule[]): Promise<void> {
  await writeFile(file, JSON.stringify(rules));
  await rm(`${file}.fired`, { force: true });
  await env.kill9("functions-host");
  await poll("the host to be back", async () => {
    const answer = await env.call("GET", "/health/live").catch(() => undefined);
    return answer?.status === 200;
  });
}

describe("on real processes", () => {
  it.each(SOME)(
    "a $of goes through $fault of $step",
    async ({ of, step, fault }) => {
      const rule: FaultRule = { activity: `toygres_activity_${step}`, call: 1, do: fault };
      if (of === "create") await restartWith([rule]);
      const made = await running(env, { name: "cell", storageSizeGb: 1 });
      expect(await query(made, "select 1 as one")).toEqual([{ one: 1 }]);
      const objects = await instanceObjects(env.kubeconfig);
      expect(objects.filter((name) => name.startsWith("Pod "))).toHaveLength(1);

      if (of === "delete") await restartWith([rule]);
      const { id } = await remove(env, "cell");
      expect((await ended(env, id)).status).toBe("succeeded");
      expect(await instanceObjects(env.kubeconfig)).toEqual([]);
      expect(await onThisMachine(env.data)).toEqual({
        servers: [expect.any(Number)],
        volumes: [],
        pods: [],
      });
    },
    120_000,
  );
});
