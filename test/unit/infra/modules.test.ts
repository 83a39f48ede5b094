import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { infra, infraFiles } from "../../support/bicep/files.ts";
import { parseBicep } from "../../support/bicep/parser.ts";
import { unknownNames } from "../../support/bicep/references.ts";
import { readTemplate, templateOf, type Template } from "../../support/bicep/template.ts";

const files = infraFiles(".bicep");
const templates = new Map<string, Template>();
for (const file of files) templates.set(file, await readTemplate(infra(file)));

const below = (file: string, path: string): string =>
  relative(infra(), join(infra(), dirname(file), path));

/** Outputs of the modules that a file calls, by the path that it writes. */
const outputsFor = (file: string, { modules }: Template): Map<string, readonly string[]> =>
  new Map(
    [...modules.values()].map(({ path }) => [
      path,
      templates.get(below(file, path))?.outputs ?? [],
    ]),
  );

const calls = [...templates].flatMap(([file, { modules }]) =>
  [...modules.values()].map((call) => ({ file, ...call })),
);

describe("modules", () => {
  it("are called from main.bicep, each of them", () => {
    const called = calls.map(({ file, path }) => below(file, path));
    expect(files.filter((file) => file !== "main.bicep" && !called.includes(file))).toEqual([]);
  });

  it.each(calls)("$name: $path is there", ({ file, path }) => {
    expect(existsSync(join(infra(), dirname(file), path))).toBe(true);
  });

  it.each(calls)("$name is given what it asks for, and nothing else", ({ file, path, given }) => {
    const parameters = templates.get(below(file, path))?.parameters ?? new Map<string, never>();
    const asked = [...parameters.values()].filter(({ hasDefault }) => !hasDefault);
    expect(given.filter((name) => !parameters.has(name))).toEqual([]);
    expect(asked.map(({ name }) => name).filter((name) => !given.includes(name))).toEqual([]);
  });
});

describe("names in the templates", () => {
  it.each([...templates])("of %s are all declared", (file, template) => {
    expect(unknownNames(template, outputsFor(file, template))).toEqual([]);
  });

  it.each([
    ["a name that nothing declares", "var a = b", 'line 1: "b" is declared nowhere'],
    ["in a string, too", "var a = 'x${b}'", 'line 1: "b" is declared nowhere'],
    ["an unknown function", "var a = tkae('b', 1)", 'line 1: function "tkae" is not known'],
    [
      "an unknown output",
      "module m 'm' = {}\nvar a = m!.outputs.z",
      'line 2: module "m" has no output "z"',
    ],
    [
      "a loop variable after its loop",
      "var a = [for b in []: b]\nvar c = b",
      'line 2: "b" is declared nowhere',
    ],
  ])("are found wanting: %s", async (_, text, problem) => {
    const outputs = new Map([["m", ["x"]]]);
    expect(unknownNames(templateOf(await parseBicep(`${text}\n`)), outputs)).toEqual([problem]);
  });

  it("may be loop variables, keys and properties", async () => {
    const text = "param list array\nvar a = [for (one, i) in list: { key: '${one.part}-${i}' }]\n";
    expect(unknownNames(templateOf(await parseBicep(text)), new Map())).toEqual([]);
  });
});
