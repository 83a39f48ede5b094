import { DomainError, remedyOf } from "../domain/errors.ts";
import type { Deps } from "./deps.ts";

export type Status = "ok" | "warning" | "failed" | "skipped";

/** What a check has seen. `found` and `fix` are shown to people, so no secret may be in them. */
export interface Outcome {
  readonly status: Status;
  readonly found: string;
  /** The one thing to do, where there is something to do. */
  readonly fix?: string;
}

/** One assumption that Toygres makes about where it runs. */
export interface Check {
  readonly name: string;
  /** The assumption, in a few words. */
  readonly about: string;
  /** Earlier checks without which this one could see nothing; not those that were skipped because they do not apply. */
  readonly needs?: readonly string[];
  /** In milliseconds; 10 s unless told. */
  readonly limitMs?: number;
  /** What it rejects with counts as failed. */
  run(deps: Deps, signal: AbortSignal): Promise<Outcome>;
}

export const ok = (found: string): Outcome => ({ status: "ok", found });
export const warning = (found: string, fix: string): Outcome => ({ status: "warning", found, fix });
export const failed = (found: string, fix: string): Outcome => ({ status: "failed", found, fix });
/** There is nothing of the kind here. */
export const skipped = (found: string): Outcome => ({ status: "skipped", found });

const WORST: readonly Status[] = ["failed", "warning", "ok", "skipped"];

/** Several findings as one: as bad as the worst of them, which is told first. */
export function together(outcomes: readonly Outcome[]): Outcome {
  const sorted = WORST.flatMap((status) => outcomes.filter((one) => one.status === status));
  const status = sorted[0]?.status ?? "skipped";
  const found = [...new Set(sorted.map((one) => one.found))].join("; ");
  const fixes = [...new Set(sorted.flatMap(({ fix }) => (fix === undefined ? [] : [fix])))];
  return { status, found, ...(fixes.length > 0 && { fix: fixes.join(" ") }) };
}

/** What is no error of ours keeps its words to itself: they can quote what was sent. */
export function failureOf(error: unknown): Outcome {
  if (error instanceof DomainError) {
    const action = error.details?.["action"];
    const fix = typeof action === "string" ? action : remedyOf(error.code);
    return { status: "failed", found: error.message, ...(fix !== undefined && { fix }) };
  }
  const name = error instanceof Error ? error.name : typeof error;
  return failed(
    `the check ended with ${name}${codeIn(error)}`,
    "Run it again; if it goes on, this is a mistake of Toygres: report it with this line.",
  );
}

/** `ECONNREFUSED` and the like, of the error or of what caused it. */
export function networkCode(error: unknown): string | undefined {
  let at = error;
  for (let depth = 0; typeof at === "object" && at !== null && depth < 4; depth += 1) {
    const code: unknown = Reflect.get(at, "code");
    if (typeof code === "string") return code;
    at = Reflect.get(at, "cause");
  }
  return undefined;
}

function codeIn(error: unknown): string {
  const code = networkCode(error);
  return code === undefined ? "" : ` (${code})`;
}
