import { readFileSync } from "node:fs";
import { z } from "zod";
import { analyze, nameOf, textOf, walk, type Syntax } from "../../support/kql/language.ts";
import { eventsInDocs, eventsInSource } from "../../support/monitoring/events.ts";
import { moduleText, queriesIn, workbookUrl, type Query } from "../../support/monitoring/files.ts";
import { alertRules } from "../../support/monitoring/rules.ts";
import { workbookText } from "../../support/monitoring/workbook.ts";

const root = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

const alerts = queriesIn("alerts");
const queries = queriesIn("queries");
const byName = (all: readonly Query[]) => all.map((query) => [query.name, query] as const);
const every = [...byName(alerts), ...byName(queries)];

const documented = eventsInDocs();

/** The names of events that a query compares with. */
function eventsOf(syntax: Syntax): readonly string[] {
  return [...walk(syntax)]
    .filter(({ kind }) => kind === "StringLiteralExpression")
    .map(textOf)
    .filter((text) => /^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/.test(text));
}

/** What a query reads of our lines: `line.x` and `line["x"]`. */
function fieldsOf(syntax: Syntax): readonly string[] {
  return [...walk(syntax)].flatMap(({ kind, parts }) => {
    const { Expression, Selector } = parts;
    if (!Expression || !Selector || nameOf(Expression) !== "line") return [];
    if (kind === "PathExpression") return [nameOf(Selector)];
    return kind === "ElementExpression" ? [textOf(Selector.parts["Expression"]!)] : [];
  });
}

describe("a query", () => {
  it.each(every)("is one that Azure would take: %s", (_name, { text, answers }) => {
    const { problems, columns } = analyze(text);
    expect(problems).toEqual([]);
    expect(columns.length).toBeGreaterThan(0);
    expect(answers).toMatch(/^[A-Z].*[.:]$/);
  });

  it("is refused with the place when it asks for a column, a function or a table that there is not", () => {
    const broken = [
      "traces\n| where messages has 'x'",
      "traces\n| extend a = parse_jsn(message)",
      "trace\n| count",
      "traces\n| project kind = message\n| where message == ''",
    ].map((text) => analyze(text).problems);
    expect(broken).toEqual([
      [expect.stringMatching(/^line 2: .*'messages' does not refer to any known column/)],
      [expect.stringMatching(/^line 2: .*parse_jsn/)],
      [expect.stringMatching(/^line 1: .*'trace' does not refer to any known/)],
      expect.arrayContaining([expect.stringMatching(/^line 2: .*'kind' needs to be bracketed/)]),
    ]);
  });

  it.each(every)("reads only what its events are documented to have: %s", (_name, { text }) => {
    const statements = analyze(text).syntax.parts["Statements"]?.items ?? [];
    for (const statement of statements) {
      const events = eventsOf(statement);
      expect(events.filter((event) => !documented.has(event))).toEqual([]);
      // One that names no event reads the lines of all.
      const of = events.length > 0 ? events : [...documented.keys()];
      const known = new Set(
        of.flatMap((event) => {
          const { required, optional } = documented.get(event)!;
          return [...required, ...optional];
        }),
      );
      expect(fieldsOf(statement).filter((field) => !known.has(field))).toEqual([]);
    }
  });
});

describe("an event", () => {
  const inSource = eventsInSource();

  it("that the app logs is in docs/monitoring.md", () => {
    const missing = [...inSource].filter(([name]) => !documented.has(name));
    expect(
      missing.map(([name, place]) => `${name} of ${place} is not in docs/monitoring.md`),
    ).toEqual([]);
  });

  it("of docs/monitoring.md is one that the app logs", () => {
    expect([...documented.keys()].filter((name) => !inSource.has(name))).toEqual([]);
  });

  it("is found where it is logged", () => {
    expect(inSource.get("operation.ended")).toMatch(/^src\/activities\/update-metadata\.ts:\d+$/);
    expect(inSource.get("sweep.failed")).toMatch(/^src\/functions\/sweep\.ts:\d+$/);
  });
});

/** The files that a module loads from a folder. */
const loadedBy = (module: "alerts" | "queries", folder: string): readonly string[] =>
  [...moduleText(module).matchAll(/loadTextContent\('([^']+)'\)/g)]
    .map(([, path = ""]) => path)
    .filter((path) => path.includes(`/${folder}/`))
    .map((path) => path.replace(/^.*\/|\.kql$/g, ""))
    .sort();

const rules = alertRules();

describe("the alerts", () => {
  const names = alerts.map(({ name }) => name);

  it("are the files of their folder, each the rule of that name, and each with a section that says what to do", () => {
    expect(loadedBy("alerts", "alerts")).toEqual(names);
    expect(rules.map(({ file }) => file)).toEqual(rules.map(({ name }) => name));
    expect(rules.map(({ name }) => name).sort()).toEqual(names);
    const page = root("docs/monitoring.md");
    expect(names.filter((name) => !page.includes(`\n### ${name}\n`))).toEqual([]);
  });

  it.each(rules.map((rule) => [rule.name, rule] as const))(
    "split by columns that the query has, and tell when: %s",
    (_name, { file, dimensions }) => {
      const { columns } = analyze(alerts.find(({ name }) => name === file)!.text);
      expect(columns).toEqual(expect.arrayContaining(["timestamp", ...dimensions]));
    },
  );

  it.each(byName(alerts))("use nothing that a rule refuses: %s", (_name, { text }) => {
    const kinds = [...walk(analyze(text).syntax)].map(({ kind }) => kind);
    const refused = ["SearchOperator", "UnionOperator", "TakeOperator", "CountOperator"];
    expect(kinds.filter((kind) => refused.includes(kind))).toEqual([]);
    // What it looks at is the rule's window; a name that the service keeps for itself fails at deployment.
    expect(text).not.toMatch(/\bago\(|bag_unpack|AggregatedValue/);
  });
});

describe("the saved queries", () => {
  it("are the files of their folder, and each is in docs/monitoring.md", () => {
    const names = queries.map(({ name }) => name);
    expect(loadedBy("queries", "queries")).toEqual(names);
    const page = root("docs/monitoring.md");
    expect(names.filter((name) => !page.includes(`\n| \`${name}\` |`))).toEqual([]);
  });
});

describe("the workbook", () => {
  interface Item {
    readonly type: number;
    readonly content: { readonly query?: string; readonly items?: readonly Item[] };
  }
  const Item: z.ZodType<Item> = z.object({
    type: z.number(),
    content: z.object({
      query: z.string().optional(),
      get items() {
        return z.array(Item).optional();
      },
    }) as z.ZodType<Item["content"]>,
  });
  const Workbook = z.object({ version: z.literal("Notebook/1.0"), items: z.array(Item) });
  const text = readFileSync(workbookUrl, "utf8");
  const found = function* (items: readonly Item[]): Generator<string> {
    for (const { content } of items) {
      if (content.query !== undefined) yield content.query;
      yield* found(content.items ?? []);
    }
  };

  it("is what `npm run workbook` writes", async () => expect(text).toBe(await workbookText()));

  it("has every saved query, and each is one that Azure would take", () => {
    const inside = [...found(Workbook.parse(JSON.parse(text)).items)];
    expect(inside.flatMap((query) => analyze(query).problems)).toEqual([]);
    expect(inside.map((query) => query.split("\n", 1)[0]).sort()).toEqual(
      queries.map(({ answers }) => `// ${answers}`).sort(),
    );
    expect(inside.join()).not.toMatch(/"[A-Z]+-ID"/);
  });
});

describe("host.json", () => {
  const Host = z.object({
    logging: z.object({
      logLevel: z.record(z.string(), z.string()),
      applicationInsights: z.object({ samplingSettings: z.object({ excludedTypes: z.string() }) }),
    }),
  });
  const { logging } = Host.parse(JSON.parse(root("host.json")));

  it("samples no line away", () => {
    expect(logging.applicationInsights.samplingSettings.excludedTypes.split(";")).toContain(
      "Trace",
    );
  });

  it("keeps our own lines of a function whose host's lines it drops", () => {
    const dropped = Object.entries(logging.logLevel)
      .filter(([name, level]) => /^Function\.[^.]+$/.test(name) && level !== "Information")
      .map(([name]) => `${name}.User`);
    expect(dropped.map((name) => [name, logging.logLevel[name]])).toEqual(
      dropped.map((name) => [name, "Information"]),
    );
  });
});
