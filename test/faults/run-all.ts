/** `npm run test:faults`: every cell of the fault matrix, the races and the sample on real processes; then the table. */
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { matrixPage, readResults, RESULTS } from "./matrix/table.ts";

const PAGE = "docs/fault-matrix.md";

rmSync(RESULTS, { recursive: true, force: true });
const began = performance.now();
const { status } = spawnSync(
  process.execPath,
  [
    "--experimental-vm-modules",
    "--disable-warning=ExperimentalWarning",
    "node_modules/jest/bin/jest.js",
    "test/faults",
    // Its worlds wait as long as they work.
    "--maxWorkers=9",
    "--testPathIgnorePatterns",
    "/node_modules/",
    "test/faults/model.test.ts",
  ],
  { stdio: "inherit", env: { ...process.env, FAULTS: "all" } },
);
const minutes = (performance.now() - began) / 60_000;
const page = matrixPage(readResults(), minutes);
process.stdout.write(`\n${page}`);
if (status === 0) writeFileSync(PAGE, page);
process.exitCode = status ?? 1;
