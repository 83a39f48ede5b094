import { styleText } from "node:util";
import type { Step } from "./shapes.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const MARKS: Readonly<Record<string, string>> = {
  succeeded: "✔",
  failed: "✘",
  pending: "·",
  skipped: "-",
};

/** Shows an operation's steps as they go. */
export interface StepView {
  show(steps: readonly Step[]): void;
}

const secondsBetween = (from: string, to: number): string =>
  `${((to - Date.parse(from)) / 1_000).toFixed(1)} s`;

/** One line of a step; `frame` turns the mark of what is running. */
export function lineOf(
  { name, status, startedAt, endedAt, waitingFor }: Step,
  now: number,
  frame = 0,
): string {
  const mark = MARKS[status] ?? FRAMES[frame % FRAMES.length] ?? "";
  const took = startedAt ? secondsBetween(startedAt, endedAt ? Date.parse(endedAt) : now) : "";
  const why = status === "running" && waitingFor ? `  ${waitingFor}` : "";
  return `  ${mark} ${name.padEnd(24)}${took.padStart(7)}${why}`.trimEnd();
}

/** What to do about what a step waits for, where something is wrong. */
const actionOf = ({ status, action }: Step): string[] =>
  status === "running" && action ? [`      ${action}`] : [];

/** In a terminal: the steps are drawn over each other. */
function liveView(out: NodeJS.WriteStream): StepView {
  let drawn = 0;
  let frame = 0;
  return {
    show(steps) {
      frame += 1;
      const lines = steps
        .flatMap((step) => [lineOf(step, Date.now(), frame), ...actionOf(step)])
        .map((line) =>
          line
            .slice(0, out.columns)
            .replace(/^ {2}[✔✘]/, (mark) => styleText(mark.includes("✔") ? "green" : "red", mark)),
        );
      // There may be fewer than before.
      if (drawn > 0) out.write(`\u001b[${drawn}A\u001b[J`);
      out.write(lines.map((line) => `${line}\n`).join(""));
      drawn = lines.length;
    },
  };
}

/** In a pipe: a line when a step ends, and when what it waits for changes. */
function plainView(write: (line: string) => void): StepView {
  const seen = new Set<string>();
  const once = (key: string, line: string): void => {
    if (seen.has(key)) return;
    seen.add(key);
    write(line);
  };
  return {
    show(steps) {
      for (const step of steps) {
        const { name, status, waitingFor } = step;
        if (status === "succeeded" || status === "failed")
          once(`${name} ${status}`, lineOf(step, Date.now()));
        if (status === "running" && waitingFor)
          once(`${name} ${waitingFor}`, `  … ${name}: ${waitingFor}`);
        for (const line of actionOf(step)) once(line, line);
      }
    },
  };
}

export function stepView(out: NodeJS.WriteStream): StepView {
  return out.isTTY ? liveView(out) : plainView((line) => out.write(`${line}\n`));
}
