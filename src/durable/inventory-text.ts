import type { DescribedActivity, DescribedOrchestration, Inventory } from "./inventory.ts";

type Row = readonly string[];

/** The inventory for a terminal: a line an item, in columns. */
export function inventoryTable({ orchestrations, activities }: Inventory): string {
  const rows: Row[] = [
    ["NAME", "VERSIONS", "IDEMPOTENT", "TRIED", "DESCRIPTION"],
    ...orchestrations.map((it) => [it.name, it.versions.join(" "), "-", "-", it.description]),
    ...activities.map((it) => [it.name, "-", yesNo(it), tried(it), it.description]),
  ];
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The inventory for a page in Markdown: two tables. */
export function inventoryMarkdown({ orchestrations, activities }: Inventory): string {
  return [
    table(["orchestration", "versions", "does", "uses"], orchestrations.map(orchestrationRow)),
    table(
      ["activity", "does", "idempotent", "tried"],
      activities.map((it) => [code(it.name), it.description, yesNo(it), tried(it)]),
    ),
  ].join("\n\n");
}

function orchestrationRow({ name, versions, description, uses }: DescribedOrchestration): Row {
  return [code(name), versions.join(", "), description, uses.map(shortName).join(", ")];
}

const code = (text: string): string => `\`${text}\``;
const shortName = (name: string): string => name.split("::").at(-1) ?? name;
const yesNo = ({ idempotent }: DescribedActivity): string => (idempotent ? "yes" : "no");

/** `12 times, waiting 106 s in all`: the attempts, and what the waits between them add up to. */
function tried({ retry }: DescribedActivity): string {
  if (retry === null) return "once";
  const waits = Array.from({ length: retry.attempts - 1 }, (_, n) =>
    Math.min(retry.firstDelayMs * retry.backoff ** n, retry.maxDelayMs),
  );
  const seconds = Math.round(waits.reduce((sum, wait) => sum + wait, 0) / 1_000);
  return `${retry.attempts} times, waiting ${seconds} s in all`;
}

function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string =>
    `| ${cells.map((it) => it.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
