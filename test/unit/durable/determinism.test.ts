import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ESLint, Linter } from "eslint";
import tseslint from "typescript-eslint";
// @ts-expect-error the linter's configuration has no types
import { determinism as untyped } from "../../../determinism.eslint.mjs";
import { fixturesIn, matches, type Fixture } from "../../lint-fixtures/fixture.ts";
import { complaintsOf, programOf } from "../../lint-fixtures/program.ts";
import { withTables } from "../../lint-fixtures/tables.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PAGE = readFileSync(join(ROOT, "docs/writing-workflows.md"), "utf8");

const determinism = untyped as (of: { readonly files: string[] }) => Linter.Config;
const { plugins = {}, rules = {} } = determinism({ files: ["**/*.ts"] });

const lint = fixturesIn("lint");
const type = fixturesIn("type");
const run = [...fixturesIn("start"), ...fixturesIn("run")];
const every = [...lint, ...type, ...run];

const repairedPath = ({ path }: Fixture) => path.replace(/\.ts$/, ".repaired.ts");

/** The listings of the page by the paths that their first lines say, as if they stood in a folder of their own. */
const listings = new Map(
  [...PAGE.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs)].map(([, title = "", code = ""]) => [
    title,
    code,
  ]),
);
const listingPath = (title: string): string => join(ROOT, "docs/listings", title);

const program = programOf(
  every.map(({ path }) => path),
  new Map([
    ...every.map((it) => [repairedPath(it), it.repaired] as const),
    ...[...listings].map(([title, code]) => [listingPath(title), code] as const),
  ]),
);

/** What the rules say to this code, with types when it is a file of the program. */
function complaints(code: string, path?: string): { line: number; text: string }[] {
  const parserOptions = path === undefined ? {} : { programs: [program] };
  return new Linter({ cwd: ROOT })
    .verify(
      code,
      [
        { files: ["**/*.ts"], languageOptions: { parser: tseslint.parser, parserOptions } },
        determinism({ files: ["**/*.ts"] }),
      ],
      path ?? "x.ts",
    )
    .map(({ line, message }) => ({ line, text: message }));
}

/** What running a fixture ends with: what is thrown, or what the orchestration failed with. */
async function failure({ path }: Fixture): Promise<string> {
  const fixture = (await import(path)) as { run(): unknown };
  try {
    const outcome = (await fixture.run()) as { readonly error?: { readonly message: string } };
    return outcome.error?.message ?? "nothing";
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
}

const byTitle = (fixtures: readonly Fixture[]) =>
  fixtures.map((fixture) => [fixture.title, fixture] as const);

describe("the linter's rules for orchestrators", () => {
  it.each([
    ["src/orchestrators/create-instance.ts", Object.keys(rules)],
    ["examples/composition/orchestrators/provision-tenant.ts", Object.keys(rules)],
    ["src/activities/deploy-postgres.ts", []],
  ])("hold for %s as far as they should", async (file, names) => {
    const config = (await new ESLint({ cwd: ROOT }).calculateConfigForFile(file)) as Linter.Config;
    const errors = Object.entries(config.rules ?? {}).filter(([name]) => name in rules);
    expect(errors).toEqual(names.map((name) => [name, [2]]));
  });

  it("have each a fixture that shows what they say", () => {
    const texts = Object.values(plugins["toygres"]?.rules ?? {}).flatMap((rule) =>
      Object.values(rule.meta?.messages ?? {}),
    );
    expect(texts).toHaveLength(Object.keys(rules).length);
    expect(new Set(texts)).toEqual(new Set(lint.map(({ says }) => says)));
  });

  it.each(byTitle(lint))("refuse %s in its wrong line only", (_title, fixture) => {
    const { code, path, line, says: text } = fixture;
    expect(complaints(code, path)).toEqual([{ line, text }]);
  });

  it.each(byTitle(lint))("let the right line of %s pass", (_title, fixture) => {
    const path = repairedPath(fixture);
    expect(complaints(fixture.repaired, path)).toEqual([]);
    expect(complaintsOf(program, path)).toEqual([]);
  });

  it.each([
    ["no-await", "for await (const item of items);"],
    ["no-async", "const f = async function () {};"],
    ["no-async", "const f = async () => {};"],
    ["no-async", "class C { async *steps() {} }"],
    ["no-async", "const iterable = { [Symbol.asyncIterator]: steps };"],
    ["no-promise", "new Promise(run);"],
    ["no-promise", "Array.fromAsync(items);"],
    ["no-promise", "later().then(go);"],
    ["no-forgotten-step", 'import { sleep } from "toygres"; sleep(ctx, 1);'],
    ["no-forgotten-step", 'import { pause as nap } from "toygres"; if (tired) void nap(ctx, 1);'],
    ["no-forgotten-step", 'import { call } from "toygres"; ready && call(ctx, measure, {});'],
    ["no-forgotten-work", 'import { timer } from "toygres"; timer(ctx, 1);'],
    ["return-continue-as-new", 'import { continueAsNew as go } from "toygres"; const n = go(ctx);'],
    ["no-clock", "Date();"],
    ["no-clock", "Date.now();"],
    ["no-clock", 'Date["now"]();'],
    ["no-clock", "new Date(...none);"],
    ["no-clock", "const D = Date;"],
    ["no-clock", "performance.now();"],
    ["no-clock", "Temporal.Now.instant();"],
    ["no-local-time", "new Date(2030, 0, 1);"],
    ["no-local-time", "date.setHours(1);"],
    ["no-locale", "new Intl.DateTimeFormat();"],
    ["no-locale", "a.localeCompare(b);"],
    ["no-random", "const { random } = Math;"],
    ["no-random", "const M = Math;"],
    ["no-random", "crypto.randomUUID();"],
    ["no-timers", "setInterval(f, 1);"],
    ["no-timers", "setImmediate(f);"],
    ["no-timers", "queueMicrotask(f);"],
    ["no-timers", "AbortSignal.timeout(1);"],
    ["no-input-output", "localStorage.getItem(key);"],
    ["no-node-modules", 'import { randomUUID } from "crypto";'],
    ["no-node-modules", 'export { readFile } from "fs/promises";'],
    ["no-environment", "navigator.language;"],
    ["no-environment", "import.meta.url;"],
    ["no-loading", 'require("x");'],
    ["no-back-door", 'eval("1");'],
    ["no-back-door", 'new Function("return 1");'],
    ["no-collector", "new FinalizationRegistry(f);"],
    ["no-collector", "Atomics.load(counts, 0);"],
    ["no-module-state", "export let turns = 0;"],
    ["no-module-state", "var turns = 0;"],
    ["no-module-state", "class Counter { static turns = 0; }"],
    ["no-module-state", "const seen = []; function f() { seen.push(1); }"],
    ["no-module-state", "const seen = { of: {} }; const f = () => { seen.of.one = 1; };"],
    ["no-module-state", "const seen = {}; function f() { delete seen.one; }"],
    ["no-module-state", "const seen = {}; function f(more) { Object.assign(seen, more); }"],
    ["no-module-state", "const count = { turns: 0 }; function f() { count.turns++; }"],
  ])("refuse by %s: %s", (name, code) => {
    const text = plugins["toygres"]?.rules?.[name]?.meta?.messages?.["wrong"];
    expect(complaints(code)).toEqual([{ line: 1, text }]);
  });

  it.each([
    "export function* f(ctx: Context) { const out = yield* call(ctx, measure, { name: 'a' }); return out; }",
    "export const at = (ctx: Context) => new Date(now(ctx).getTime() + 1000);",
    "export const max = Math.max(1, 2);",
    "const { max, min } = Math;",
    "const at = Date.parse(text); const same = at === Date.UTC(2030, 0, 1);",
    "const isDate = (value: unknown): value is Date => value instanceof Date;",
    "type Later = Promise<Date>;",
    "const copy = structuredClone(input);",
    "function f(process: Process, crypto: Crypto) { return [process.env, crypto]; }",
    'import type { Readable } from "node:stream"; import { type Writable } from "node:stream";',
    "const STEPS = ['a', 'b'] as const; const seen = new Map(); seen.set('a', 1);",
    "function* f() { const seen = []; let turns = 0; seen.push(turns++); return seen; }",
    "class Tracker { static readonly LIMIT = 1; #steps = []; add(step) { this.#steps.push(step); } }",
    'import { continueAsNew } from "toygres"; const f = (ctx) => continueAsNew(ctx, {});',
    'import { all, start } from "toygres"; function* f(ctx) { yield* all(ctx, [start(ctx, a, {})]); }',
  ])("let %s pass", (code) => {
    expect(complaints(code)).toEqual([]);
  });
});

describe("the compiler", () => {
  it.each(byTitle(type))("refuses %s in its wrong line only", (_title, { path, line, says }) => {
    const found = complaintsOf(program, path);
    expect(found.map((it) => it.line)).toEqual([line]);
    expect(found.filter(({ text }) => !matches(says, text))).toEqual([]);
  });

  it.each(byTitle([...type, ...run]))("takes the right line of %s", (_title, fixture) => {
    expect(complaintsOf(program, repairedPath(fixture))).toEqual([]);
  });
});

describe("the layer", () => {
  it.each(byTitle(run))("refuses %s, which the compiler takes", async (_title, fixture) => {
    expect(complaintsOf(program, fixture.path)).toEqual([]);
    const text = await failure(fixture);
    expect(matches(fixture.says, text) ? fixture.says : text).toBe(fixture.says);
  });
});

describe("docs/writing-workflows.md", () => {
  it("shows every rule with what is said; node test/lint-fixtures/write-tables.ts renews it", () => {
    expect(PAGE).toBe(withTables(PAGE));
  });

  it.each([...listings.keys()])("has a listing %s that compiles", (title) => {
    expect(complaintsOf(program, listingPath(title))).toEqual([]);
  });

  it.each([...listings].filter(([title]) => title.startsWith("orchestrators/")))(
    "has a listing %s that keeps the rules",
    (title, code) => {
      expect(complaints(code, listingPath(title))).toEqual([]);
    },
  );
});
