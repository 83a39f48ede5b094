import { readFile } from "node:fs/promises";
import { evaluate, type Value } from "../../support/bicep/evaluate.ts";
import { infra } from "../../support/bicep/files.ts";
import { parameterProblems, problemsOfValue } from "../../support/bicep/parameter-check.ts";
import { parseBicep, parseBicepParameters } from "../../support/bicep/parser.ts";
import { readTemplate, templateOf } from "../../support/bicep/template.ts";

const main = await readTemplate(infra("main.bicep"));

async function sampleValues(): Promise<Record<string, Value>> {
  const text = await readFile(infra("main.bicepparam"), "utf8");
  const { variables } = templateOf(await parseBicepParameters(text));
  return Object.fromEntries([...variables].map(([name, value]) => [name, evaluate(value)]));
}

describe("the sample parameters", () => {
  it("fit main.bicep: known, complete, and within its bounds", async () => {
    const values = await sampleValues();
    expect(Object.keys(values)).toContain("environmentName");
    expect(parameterProblems(main, values)).toEqual([]);
  });

  it("use the template that stands beside them", async () => {
    const text = await readFile(infra("main.bicepparam"), "utf8");
    expect(/^using '(.*)'$/m.exec(text)?.[1]).toBe("main.bicep");
  });

  it("name nobody: whoever deploys gives a real administrator", async () => {
    const { administratorId, administratorName } = await sampleValues();
    expect(administratorId).toBe("00000000-0000-0000-0000-000000000000");
    expect(administratorName).toMatch(/@example\.com$/);
  });
});

describe("the defaults of main.bicep", () => {
  const literals = [...main.parameters.values()].filter(
    ({ default: node }) => node !== undefined && !node.text.includes("()"),
  );

  it.each(literals)("$name is within its own bounds", (parameter) => {
    expect(parameter.default && problemsOfValue(parameter, evaluate(parameter.default))).toEqual(
      [],
    );
  });
});

describe("the check of parameters", () => {
  const TEMPLATE = `
@minLength(3)
@maxLength(5)
param name string
@allowed(['a', 'b'])
param kind string = 'a'
@minValue(1)
param count int = 1
param list array = []
`;

  it.each<[string, Record<string, Value>, string]>([
    [
      "a name that the template does not know",
      { name: "abc", nmae: "x" },
      "nmae is no parameter of the template",
    ],
    ["one that is missing", {}, "name has no default and is not given"],
    ["one that is too short", { name: "ab" }, "name is outside its minLength of 3"],
    ["one that is too long", { name: "abcdef" }, "name is outside its maxLength of 5"],
    ["one that is not on the list", { name: "abc", kind: "c" }, 'kind must be one of ["a","b"]'],
    ["one that is too small", { name: "abc", count: 0 }, "count is outside its minValue of 1"],
    ["one of another type", { name: "abc", list: "x" }, "list must be of type array"],
  ])("finds %s", async (_, given, problem) => {
    expect(parameterProblems(templateOf(await parseBicep(TEMPLATE)), given)).toEqual([problem]);
  });
});
