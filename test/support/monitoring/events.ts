import { readFileSync, readdirSync } from "node:fs";
import ts from "typescript";

const ROOT = new URL("../../../", import.meta.url);
const EVENT = /^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/;
/** What writes a line, and what is given the name of a line to write. */
const WRITERS = /(^|\.)(info|warn|error)$|\]$|^guarded$|^report$/;

/** The events that the app logs, each with the first place that does: the literal names in calls of a log. */
export function eventsInSource(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const file of readdirSync(new URL("src/", ROOT), { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue;
    const path = `src/${file.replaceAll("\\", "/")}`;
    const text = readFileSync(new URL(path, ROOT), "utf8");
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    for (const { name, at } of namesIn(source)) {
      const { line } = source.getLineAndCharacterOfPosition(at);
      if (!found.has(name)) found.set(name, `${path}:${line + 1}`);
    }
  }
  return found;
}

function* namesIn(node: ts.Node): Generator<{ readonly name: string; readonly at: number }> {
  if (ts.isCallExpression(node)) {
    const [first] = node.arguments;
    const isWriter = WRITERS.test(node.expression.getText().replaceAll("?", ""));
    if (isWriter && first !== undefined && ts.isStringLiteral(first) && EVENT.test(first.text))
      yield { name: first.text, at: first.getStart() };
  }
  for (const child of node.getChildren()) yield* namesIn(child);
}

export interface Documented {
  readonly required: ReadonlySet<string>;
  readonly optional: ReadonlySet<string>;
}

/** What is known of an error, as `errorFacts` says it. */
const ERROR_FIELDS = ["code", "message", "error", "stack"];
/** What every line may have: where it was written adds them. */
const COMMON_FIELDS = ["level", "event", "orchestrationId"];

/** The events of docs/monitoring.md with their fields: a row's first cell is the name, its second lists the fields. */
export function eventsInDocs(): ReadonlyMap<string, Documented> {
  const page = readFileSync(new URL("docs/monitoring.md", ROOT), "utf8");
  const rows = page.matchAll(/^\| `([a-z-]+\.[a-z-]+)` \|([^|]*)\|/gm);
  return new Map([...rows].map(([, name = "", cell = ""]) => [name, fieldsOf(cell)]));
}

function fieldsOf(cell: string): Documented {
  const names = [...cell.matchAll(/`(\w+\??)`/g)].map(([, name = ""]) => name);
  const required = names.filter((name) => !name.endsWith("?"));
  const optional = names.filter((name) => name.endsWith("?")).map((name) => name.slice(0, -1));
  return {
    required: new Set(required),
    optional: new Set([
      ...optional,
      ...COMMON_FIELDS,
      ...(cell.includes("+ error") ? ERROR_FIELDS : []),
    ]),
  };
}

/** What a line has too much or lacks, by its event's row in docs/monitoring.md. */
export function faultsOf(
  line: Readonly<Record<string, unknown>>,
  documented: ReadonlyMap<string, Documented>,
): readonly string[] {
  const event = String(line["event"]);
  const row = documented.get(event);
  if (row === undefined) return [`${event} is not in docs/monitoring.md`];
  const extra = Object.keys(line).filter((key) => !row.required.has(key) && !row.optional.has(key));
  const missing = [...row.required].filter((key) => !(key in line));
  return [
    ...extra.map((key) => `${event} has ${key}, which its row does not list`),
    ...missing.map((key) => `${event} lacks ${key}`),
  ];
}
