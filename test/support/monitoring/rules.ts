import { runQuery } from "../kql/run.ts";
import type { Table } from "../kql/values.ts";
import { moduleText, textOfQuery } from "./files.ts";

/** A rule as alerts.bicep has it. */
export interface AlertRule {
  readonly name: string;
  /** Of its query, without the ending. */
  readonly file: string;
  readonly windowMs: number;
  readonly operator: "GreaterThan" | "LessThan";
  readonly threshold: number;
  readonly dimensions: readonly string[];
}

const found = (pattern: RegExp, text: string): string => {
  const match = pattern.exec(text)?.[1];
  if (match === undefined)
    throw new Error(`a rule of alerts.bicep lacks ${pattern.source}:\n${text}`);
  return match;
};

export function alertRules(): readonly AlertRule[] {
  const rules = found(/var rules = \[\n([\s\S]+?)\n\]\n/, moduleText("alerts"));
  return rules.split(/\n {2}\}/).flatMap((block) => {
    if (!block.includes("name:")) return [];
    const operator = found(/operator: '(GreaterThan|LessThan)'/, block);
    return [
      {
        name: found(/^ {4}name: '([a-z-]+)'/m, block),
        file: found(/alerts\/([a-z-]+)\.kql/, block),
        windowMs: Number(found(/window: 'PT(\d+)M'/, block)) * 60_000,
        operator: operator === "LessThan" ? operator : "GreaterThan",
        threshold: Number(found(/threshold: (\d+)/, block)),
        dimensions: [...found(/dimensions: \[([^\]]*)\]/, block).matchAll(/'(\w+)'/g)].map(
          ([, one = ""]) => one,
        ),
      },
    ];
  });
}

/**
 * What an alert would say if it were looked at now: a rule counts its query's rows of the window, for each combination
 * of its dimensions, and fires for those whose count is beyond the threshold.
 */
export function firing(name: string, traces: Table, now: Date): readonly object[] {
  const rule = alertRules().find((one) => one.name === name);
  if (rule === undefined) throw new Error(`alerts.bicep has no rule "${name}"`);
  const since = now.getTime() - rule.windowMs;
  const seen = traces.filter(({ timestamp }) => {
    const at = (timestamp as Date).getTime();
    return at > since && at <= now.getTime();
  });
  const rows = runQuery(textOfQuery("alerts", rule.file), { traces: seen }, now);
  const of = (row: Table[number]): string =>
    JSON.stringify(Object.fromEntries(rule.dimensions.map((one) => [one, row[one]])));
  const groups = Map.groupBy(rows, of);
  // Without dimensions, no row is a count of 0.
  if (rule.dimensions.length === 0 && groups.size === 0) groups.set("{}", []);
  return [...groups]
    .filter(([, { length }]) =>
      rule.operator === "LessThan" ? length < rule.threshold : length > rule.threshold,
    )
    .map(([dimensions]) => JSON.parse(dimensions) as object);
}
