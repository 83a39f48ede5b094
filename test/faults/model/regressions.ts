import type { Step } from "./step.ts";

/** Sequences that the model test has found, shrunk, with what was wrong. */
export const regressions: readonly { readonly why: string; readonly steps: readonly Step[] }[] = [
  {
    why: "a create whose metadata goes away between its steps",
    steps: [
      { do: "create", name: 0 },
      { do: "metadata-gone", seconds: 10 },
      { do: "wait", seconds: 70 },
    ],
  },
];
