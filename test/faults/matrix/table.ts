import { faults } from "./faults.ts";
import { scenarios } from "./scenarios.ts";

export interface Result {
  readonly scenario: string;
  readonly activity: string;
  readonly nth: number;
  readonly fault: string;
  /** How the operation under the fault ended. */
  readonly end: string;
  readonly wrong: readonly string[];
}

/** The results as a page: a table for each scenario, a row for each call, a column for each fault. */
export function matrixPage(results: readonly Result[], minutes: number): string {
  const bad = results.filter(({ wrong }) => wrong.length > 0);
  const head = [
    "# The fault matrix",
    "",
    "Written by `npm run test:faults`: every activity call of every orchestration, hit by every fault that can hit it, on the",
    "whole control plane in virtual time (real orchestrations and activities, real metadata database, real Kubernetes client,",
    "simulated pods). After each cell everything has come to rest, nothing is left or doubled, and the operation tells the",
    "truth; then a DELETE removes all of it.",
    "",
    `${results.length} cells, ${bad.length} of them not as they have to be, in ${minutes.toFixed(1)} minutes with all else that the command runs.`,
    "",
    "| sign | the operation |",
    "|---|---|",
    "| ✓ | ended as it does without the fault |",
    "| f | failed or was canceled, with nothing left; for faults that do not pass, such as a refusal for good |",
    "| ✗ | is not as it has to be |",
    "| · | cannot be hit: the call touches nothing of this kind |",
    "",
    "| | fault |",
    "|---|---|",
    ...faults.map(({ name }, index) => `| ${index + 1} | ${name} |`),
  ];
  const tables = scenarios.flatMap((scenario) => {
    const own = results.filter((it) => it.scenario === scenario.name);
    const calls = [...new Set(own.map(({ activity, nth }) => `${activity} ${nth}`))];
    if (calls.length === 0) return [];
    return [
      "",
      `## ${scenario.name}`,
      "",
      `| call | ${faults.map((_fault, index) => index + 1).join(" | ")} |`,
      `|---|${"---|".repeat(faults.length)}`,
      ...calls.map((call) => {
        const cells = faults.map(({ name }) => {
          const found = own.find((it) => `${it.activity} ${it.nth}` === call && it.fault === name);
          return signOf(found, scenario.ends);
        });
        return `| ${call.split("::").at(-1) ?? ""} | ${cells.join(" | ")} |`;
      }),
    ];
  });
  const wrong = bad.map(
    (it) => `- ${it.scenario}, ${it.activity} ${it.nth}, ${it.fault}: ${it.wrong.join("; ")}`,
  );
  return `${[...head, ...tables, ...(wrong.length > 0 ? ["", "## Not as they have to be", "", ...wrong] : [])].join("\n")}\n`;
}

function signOf(found: Result | undefined, ends: string): string {
  if (found === undefined) return "·";
  if (found.wrong.length > 0) return "✗";
  return found.end === ends ? "✓" : "f";
}
