import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { z } from "zod";

const call = z.int().min(1).optional();

const FaultRule = z.union([
  z.strictObject({
    activity: z.string(),
    /** Which call of this host's life, counted from 1; absent: each (a crash only once). */
    call,
    do: z.enum(["crash-before", "crash-after", "run-twice", "lose-answer", "fail", "fail-after"]),
    message: z.string().optional(),
  }),
  z.strictObject({
    orchestrator: z.string(),
    call,
    do: z.enum(["crash-before-commit", "crash-after-commit", "terminate-loses"]),
  }),
]);
export type FaultRule = z.infer<typeof FaultRule>;

type ActivityRule = Extract<FaultRule, { activity: string }>;
type EpisodeRule = Extract<FaultRule, { orchestrator: string }>;

/** What the dispatcher asks before it does something; no rules, no faults. */
export interface Faults {
  /** Asked once each time an activity is about to run for an orchestration's instance. */
  activity(name: string, instanceId: string): Pick<ActivityRule, "do" | "message"> | null;
  /** Asked once each time an orchestrator's episode is about to run. */
  episode(name: string, terminates: boolean): EpisodeRule["do"] | null;
  /** Ends the host at once; returns only where a test stands in for the process. */
  crash(): void;
}

export const noFaults: Faults = {
  activity: () => null,
  episode: () => null,
  crash: () => undefined,
};

/** Remembers which rules have fired, where a crash may not make it forget. */
interface Memory {
  has(rule: number): boolean;
  add(rule: number): void;
}

/** Faults by rule, each counted for its function alone. */
export function plannedFaults(
  rules: readonly FaultRule[],
  crash: () => void,
  fired: Memory = new Set<number>(),
): Faults {
  const calls = new Map<string, number>();
  function pick(key: string, matches: (rule: FaultRule) => boolean): FaultRule | null {
    const count = (calls.get(key) ?? 0) + 1;
    calls.set(key, count);
    const at = rules.findIndex(
      (rule, index) =>
        matches(rule) && (rule.call === undefined || rule.call === count) && !fired.has(index),
    );
    const rule = rules[at];
    if (!rule) return null;
    if (rule.do.startsWith("crash")) fired.add(at);
    return rule;
  }
  return {
    activity(name) {
      const rule = pick(`activity ${name}`, (one) => "activity" in one && one.activity === name);
      return rule && "activity" in rule ? rule : null;
    },
    episode(name, terminates) {
      const rule = pick(
        `episode ${name}`,
        (one) =>
          "orchestrator" in one &&
          one.orchestrator === name &&
          (terminates || one.do !== "terminate-loses"),
      );
      return rule && "orchestrator" in rule ? rule.do : null;
    },
    crash,
  };
}

/**
 * Faults for a real process, from a JSON file with a list of rules. A crash is `kill -9` of this process;
 * the file's neighbour `<file>.fired` keeps a restarted host from dying of the same rule again.
 */
export function faultsFromFile(path: string): Faults {
  const parsed = z.array(FaultRule).safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!parsed.success) {
    throw new Error(
      `fault file "${path}" is not a list of rules: ${z.prettifyError(parsed.error)}`,
    );
  }
  const marks = `${path}.fired`;
  const before = existsSync(marks) ? readFileSync(marks, "utf8").split("\n") : [];
  const fired = new Set(before.filter((line) => line !== "").map(Number));
  return plannedFaults(parsed.data, () => process.kill(process.pid, "SIGKILL"), {
    has: (rule) => fired.has(rule),
    add: (rule) => {
      fired.add(rule);
      appendFileSync(marks, `${rule}\n`);
    },
  });
}
