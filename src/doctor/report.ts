import type { Status } from "./check.ts";
import type { Result } from "./run-checks.ts";

const SIGNS: Readonly<Record<Status, string>> = {
  ok: "✓",
  warning: "!",
  failed: "✗",
  skipped: "-",
};

/** One line for what was found, and one under it for what to do; `width` is that of the names' column. */
export function lineOf({ status, name, found, fix }: Result, width: number): string {
  const head = `${SIGNS[status]} ${name.padEnd(width)}  ${found}`;
  return fix === undefined ? head : `${head}\n${" ".repeat(width + 4)}→ ${fix}`;
}

export function summaryOf(results: readonly Result[]): string {
  const count = (wanted: Status) => results.filter(({ status }) => status === wanted).length;
  const warnings = count("warning");
  return [
    `${count("ok")} ok`,
    `${warnings} ${warnings === 1 ? "warning" : "warnings"}`,
    `${count("failed")} failed`,
    `${count("skipped")} skipped`,
  ].join(", ");
}

export const exitCodeOf = (results: readonly Result[]): number =>
  results.some(({ status }) => status === "failed") ? 1 : 0;
