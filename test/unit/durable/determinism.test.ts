import { Linter } from "eslint";
import tseslint from "typescript-eslint";
// @ts-expect-error the linter's configuration has no types
import untyped from "../../../eslint.config.mjs";

const config = untyped as readonly Linter.Config[];
const orchestrators = config.filter(({ files = [] }) =>
  files.flat().includes("src/orchestrators/**/*.ts"),
);

/** What the project's own rules for orchestrators say to this code. */
function complaints(code: string): string[] {
  const [rules] = orchestrators;
  const linter = new Linter();
  return linter
    .verify(
      code,
      {
        files: ["**/*.ts"],
        languageOptions: { parser: tseslint.parser },
        rules: rules?.rules ?? {},
      },
      "x.ts",
    )
    .map(({ message }) => message);
}

describe("the linter's rules for orchestrators", () => {
  it("are one set", () => {
    expect(orchestrators).toHaveLength(1);
  });

  it.each([
    ["async function f() { await g(); }", "Orchestrators yield; they never await."],
    ["async function f() {}", "Orchestrators yield; they are never async."],
    ["const f = async function () {};", "Orchestrators yield; they are never async."],
    ["const f = async () => {};", "Orchestrators yield; they are never async."],
    ["function* f() { yield task; }", "Use yield* with a step of src/durable."],
    ["new Date();", "Use now() of src/durable."],
    ["Date();", "Use now() of src/durable."],
    ["Date.now();", "Use now() of src/durable."],
    ["Math.random();", "Use newGuid() of src/durable."],
    ['import("x");', "Orchestrators import nothing at run time."],
    ["fetch(url);", "Unexpected use of 'fetch'."],
    ["setTimeout(f, 1);", "Unexpected use of 'setTimeout'."],
    ["setInterval(f, 1);", "Unexpected use of 'setInterval'."],
    ["process.env.HOME;", "Unexpected use of 'process'."],
    ["crypto.randomUUID();", "Unexpected use of 'crypto'."],
    ["performance.now();", "Unexpected use of 'performance'."],
    ["globalThis.fetch(url);", "Unexpected use of 'globalThis'."],
    [
      'import { randomUUID } from "node:crypto";',
      "'node:crypto' import is restricted from being used by a pattern.",
    ],
  ])("refuse %s", (code, complaint) => {
    expect(complaints(code)).toContain(complaint);
  });

  it.each([
    "export function* f(ctx: Context) { const out = yield* call(ctx, measure, { name: 'a' }); return out; }",
    "export const at = (ctx: Context) => new Date(now(ctx).getTime() + 1000);",
    "export const max = Math.max(1, 2);",
  ])("let %s pass", (code) => {
    expect(complaints(code)).toEqual([]);
  });
});
