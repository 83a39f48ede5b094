import { readFile } from "node:fs/promises";
import { diagnosticsOf, findCompiler } from "../../support/bicep/compiler.ts";
import { infra, infraFiles } from "../../support/bicep/files.ts";
import { parseBicep, parseBicepParameters, problemsOf } from "../../support/bicep/parser.ts";

const templates = infraFiles(".bicep");
const parameterFiles = infraFiles(".bicepparam");

async function problems(file: string): Promise<unknown> {
  const text = await readFile(infra(file), "utf8");
  return problemsOf(
    await (file.endsWith(".bicepparam") ? parseBicepParameters(text) : parseBicep(text)),
  );
}

describe("the templates", () => {
  it("are there", () => {
    expect(templates).toEqual(expect.arrayContaining(["main.bicep", "modules/app.bicep"]));
    expect(parameterFiles).toContain("main.bicepparam");
  });

  it.each([...templates, ...parameterFiles])("%s is Bicep", async (file) => {
    expect(await problems(file)).toEqual([]);
  });
});

describe("what is no Bicep is found", () => {
  it.each([
    ["an object that is not closed", "var a = {\n  b: 1\n", 2],
    ["an array that is not closed", "var a = [\n  1\n", 2],
    ["a string that is not closed", "var a = 'x\n", 2],
    ["an interpolation that is not closed", "var a = '${b'\n", 1],
    ["a value that is missing", "var a =\n", 1],
    ["an equals sign that is missing", "var a 1\n", 1],
    ["a property without its colon", "var a = {\n  b 1\n}\n", 2],
    ["a property without its value", "var a = {\n  b:\n}\n", 2],
    ["a parameter without its type", "param a\n", 1],
    ["a resource without its type", "resource a = {}\n", 1],
    ["a resource without an equals sign", "resource a 'b@c' existing { name: 'x' }\n", 1],
    ["an output without its value", "output a string\n", 1],
    ["an operand that is missing", "var a = b &&\n", 1],
    ["a condition with one side", "var a = b ? c\n", 1],
    ["a dot that is missing", "var a = b.c d\n", 1],
    ["a decorator that is not closed", "@minLength(3\nparam a string\n", 1],
    ["items on one line without a comma", "var a = [ 'b' 'c' ]\n", 1],
    ["properties on one line without a comma", "var a = { b: 1 c: 2 }\n", 1],
    ["two declarations on one line", "var a = 1 var b = 2\n", 1],
    ["parentheses with nothing in them", "var a = ().id\n", 1],
    ["a word that means nothing here", "hello\n", 1],
  ])("%s", async (_, text, line) => {
    expect(problemsOf(await parseBicep(text))).toContainEqual(expect.objectContaining({ line }));
  });

  it("wherever a brace, bracket, parenthesis, quote, colon or equals sign of main.bicep is taken away", async () => {
    const text = await readFile(infra("main.bicep"), "utf8");
    const tokens = ["{", "}", "[", "]", "(", ")", "'", ":", "=", "?"];
    const places = (await parseBicep(text))
      .descendantsOfType(tokens)
      .map(({ startIndex, endIndex }) => ({ startIndex, endIndex }))
      // `array []` is another type, and Bicep all the same.
      .filter(({ endIndex }) => !text.startsWith(" []", endIndex))
      .filter((_, index) => index % 5 === 0);
    expect(places.length).toBeGreaterThan(100);

    const missed = [];
    for (const { startIndex, endIndex } of places) {
      const broken = await parseBicep(text.slice(0, startIndex) + text.slice(endIndex));
      if (!broken.hasError && problemsOf(broken).length === 0)
        missed.push(text.slice(startIndex - 30, endIndex + 30));
    }
    expect(missed).toEqual([]);
  });

  it("in parameters, at the line where it stands", async () => {
    const text = "using 'main.bicep'\nparam a = 'x'\nparam b = [\n  1\nparam c = 2\n";
    expect(problemsOf(await parseBicepParameters(text))).not.toEqual([]);
    expect(problemsOf(await parseBicepParameters("using 'main.bicep'\nparam a\n"))).toContainEqual(
      expect.objectContaining({ line: 2 }),
    );
  });
});

const compiler = await findCompiler(process.env);
const itCompiles = compiler === undefined ? it.skip : it;

describe("the Bicep compiler", () => {
  itCompiles.each(["main.bicep", ...parameterFiles])(
    "has nothing to say about %s (skipped where no compiler is: put bicep on the PATH, or name it by BICEP)",
    async (file) => {
      expect(await diagnosticsOf(compiler ?? "", infra(file))).toBe("");
    },
    180_000,
  );
});
