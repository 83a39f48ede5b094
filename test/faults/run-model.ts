/**
 * `npm run test:model`: random sequences against the model, in as many worlds as there are cores, each with its own seed.
 * MODEL_RUNS sequences in all (1,000), MODEL_SEED the first seed (the time).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";

const RUNS = Number(process.env["MODEL_RUNS"] ?? 1_000);
const SEED = Number(process.env["MODEL_SEED"] ?? Date.now() % 2 ** 31);
const worlds = Math.max(1, Math.min(availableParallelism(), RUNS));

const began = performance.now();
const codes = await Promise.all(
  Array.from({ length: worlds }, async (_, n) => {
    const runs = Math.floor(RUNS / worlds) + (n < RUNS % worlds ? 1 : 0);
    const child = spawn(
      process.execPath,
      [
        "--experimental-vm-modules",
        "--disable-warning=ExperimentalWarning",
        "node_modules/jest/bin/jest.js",
        "test/faults/model.test.ts",
        "--runInBand",
      ],
      {
        stdio: "inherit",
        env: { ...process.env, MODEL_RUNS: String(runs), MODEL_SEED: String(SEED + n) },
      },
    );
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 1;
  }),
);
const minutes = ((performance.now() - began) / 60_000).toFixed(1);
const failed = codes.filter((code) => code !== 0).length;
process.stdout.write(
  `\nmodel: ${RUNS} sequences in ${worlds} worlds, first seed ${SEED}, ${minutes} minutes, ${failed} worlds with a counterexample\n`,
);
process.exitCode = failed === 0 ? 0 : 1;
