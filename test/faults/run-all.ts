/** `npm run test:faults`: every cell of the fault matrix, the races and the sample on real processes; then the table. */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { faults } from "./matrix/faults.ts";
import { scenarios } from "./matrix/scenarios.ts";
import { matrixPage } from "./matrix/table.ts";
import type { Done, Job } from "./matrix/worker.ts";

const PAGE = "docs/fault-matrix.md";
/** Of one fault at all calls of one scenario. */
const JOB_LIMIT_MS = 180_000;
/** Their worlds wait about as long as they work. */
const WORKERS = 4;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const began = performance.now();

// What lasts longest first, so that no worker is left alone with it at the end.
const LONG = /stands still|during create|cannot/;
const jobs: Job[] = scenarios
  .flatMap(({ name }) => faults.map((fault) => ({ scenario: name, fault: fault.name })))
  .toSorted((a, b) => Number(LONG.test(b.scenario)) - Number(LONG.test(a.scenario)));
const total = jobs.length;
const done: Done[] = [];

async function worker(): Promise<void> {
  const child = fork(join(import.meta.dirname, "matrix", "worker.ts"));
  let job: Job | undefined;
  let limit: NodeJS.Timeout | undefined;
  child.on("message", (message: Done | "ready") => {
    if (message !== "ready") {
      done.push(message);
      const { scenario, fault, results, wrong } = message;
      const mark = wrong.length === 0 ? "✓" : "✗";
      say(`${mark} ${done.length}/${total}  ${scenario}, hit by ${fault}: ${results.length} cells`);
      for (const sentence of wrong) say(`    ${sentence}`);
    }
    clearTimeout(limit);
    job = jobs.shift();
    limit = setTimeout(() => child.kill("SIGTERM"), JOB_LIMIT_MS);
    child.send(job ?? "end");
  });
  await once(child, "exit");
  clearTimeout(limit);
  if (job === undefined) return;
  const sentence = `the process that ran it died, or took longer than ${JOB_LIMIT_MS / 1_000} s`;
  done.push({ ...job, results: [], wrong: [sentence] });
}

async function jest(): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      "--experimental-vm-modules",
      "--disable-warning=ExperimentalWarning",
      "node_modules/jest/bin/jest.js",
      ...["test/faults/real", "test/faults/races", "test/faults/matrix-coverage"],
    ],
    { stdio: "inherit", env: { ...process.env, FAULTS: "all" } },
  );
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

const [code] = await Promise.all([jest(), ...Array.from({ length: WORKERS }, worker)]);
const results = done.flatMap((it) => it.results);
const wrong = done.filter((it) => it.wrong.length > 0);
const page = matrixPage(results, (performance.now() - began) / 60_000);
say(`\n${page}`);
for (const { scenario, fault, wrong: sentences } of wrong)
  say(`✗ ${scenario}, hit by ${fault}: ${sentences.join("; ")}`);
const isGreen = code === 0 && wrong.length === 0 && done.length === total;
if (isGreen) writeFileSync(PAGE, page);
say(
  `${results.length - results.filter((it) => it.wrong.length > 0).length} cells green, ${wrong.length} jobs failed`,
);
process.exitCode = isGreen ? 0 : 1;
