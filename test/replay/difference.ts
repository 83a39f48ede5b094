import { isDeepStrictEqual } from "node:util";
import type { OrchestrationHandler } from "durable-functions";
import { EVENT, type HistoryEvent } from "../../local/functions-host/engine/history.ts";
import { beforeTermination, recordedEnd, replay, type End, type Past } from "./replayed.ts";
import { differentChild, differentStep, recordedSteps } from "./steps.ts";

/** In what the code of today departs from the past, and what kind of change that is; undefined if in nothing. */
export interface Difference {
  readonly text: string;
  readonly change:
    "the order of steps" | "how ids are made" | "how it ends" | "what it makes of its steps";
}

export async function differenceFrom(
  recorded: Past,
  handler: OrchestrationHandler,
): Promise<Difference | undefined> {
  const past = beforeTermination(recorded);
  const { steps, childIds, end } = await replay(past, handler);
  const step = differentStep(recordedSteps(past.history), steps);
  if (step !== undefined) return { text: step, change: "the order of steps" };
  const child = past.clock === "exact" ? differentChild(past.history, childIds) : undefined;
  if (child !== undefined) return { text: child, change: "how ids are made" };
  const was = recordedEnd(past.history);
  if (was.kind !== end.kind) {
    return { text: `it ${PAST[was.kind]} and now ${present(end)}`, change: "how it ends" };
  }
  const other = past.clock === "exact" ? end : (await replay(gaining(past), handler)).end;
  const text = differentResult(
    resultOf(was),
    resultOf(end),
    resultOf(other.kind === end.kind ? other : end),
  );
  return text === undefined ? undefined : { text, change: "what it makes of its steps" };
}

const PAST: Readonly<Record<End["kind"], string>> = {
  completed: "completed",
  failed: "failed",
  continued: "continued as new",
  waiting: "was still waiting",
};

function present(end: End): string {
  switch (end.kind) {
    case "completed":
      return "completes";
    case "failed":
      return `fails (${end.error.slice(0, 200)})`;
    case "continued":
      return "continues as new";
    case "waiting":
      return "goes on waiting";
  }
}

interface Result {
  readonly of: "output" | "error";
  readonly value: unknown;
}

function resultOf(end: End): Result | undefined {
  if (end.kind === "completed") return { of: "output", value: end.output };
  if (end.kind === "failed") return { of: "error", value: end.error };
  return undefined;
}

function differentResult(
  was: Result | undefined,
  is: Result | undefined,
  other: Result | undefined,
): string | undefined {
  if (was === undefined || is === undefined) return undefined;
  const found = differentPart(was.value, is.value, other?.value, []);
  if (found === undefined) return undefined;
  const where =
    found.path.length === 0 ? `its ${is.of}` : `"${found.path.join(".")}" of its ${is.of}`;
  return `${where} was ${found.was} and is now ${found.is}`;
}

interface Part {
  readonly path: readonly string[];
  readonly was: string;
  readonly is: string;
}

/**
 * The first part in which two results differ. Where the clock is only known about, `other` is the result under another
 * clock: a part that is not the same there comes from the clock, and of such a part only the type is compared.
 */
function differentPart(
  was: unknown,
  is: unknown,
  other: unknown,
  path: readonly string[],
): Part | undefined {
  if (isCompound(was) && isCompound(is) && Array.isArray(was) === Array.isArray(is)) {
    const keys = new Set([...Object.keys(was), ...Object.keys(is)]);
    for (const key of keys) {
      const there = isCompound(other) ? other[key] : undefined;
      const part = differentPart(was[key], is[key], there, [...path, key]);
      if (part !== undefined) return part;
    }
    return undefined;
  }
  if (isDeepStrictEqual(was, is)) return undefined;
  if (!isDeepStrictEqual(is, other) && typeof was === typeof is) return undefined;
  return { path, was: shown(was), is: shown(is) };
}

function isCompound(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function shown(value: unknown): string {
  return value === undefined ? "absent" : JSON.stringify(value).slice(0, 200);
}

/** The same past under a clock that gains a millisecond an episode. */
function gaining(past: Past): Past {
  let gain = 0;
  const history = past.history.map((event): HistoryEvent => {
    if (event.EventType !== EVENT.OrchestratorStarted) return event;
    gain += 1;
    return { ...event, Timestamp: new Date(Date.parse(event.Timestamp) + gain).toISOString() };
  });
  return { ...past, history };
}
