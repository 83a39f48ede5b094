import { globSync, readFileSync } from "node:fs";
import { z } from "zod";
import { createApp } from "../../../src/app.ts";
import { settingNames } from "../../../src/config.ts";
import { describeError, errorCodes, remedyOf } from "../../../src/domain/errors.ts";
import { errorsPage, inputErrors } from "../../../src/errors-page.ts";
import { InputError } from "../../../src/functions/refusal.ts";
import { toygres } from "../../../src/library.ts";

const codes = errorCodes.map(describeError);
const inputCodes = Object.entries(inputErrors).map(([code, it]) => ({ code, ...it }));
const sentences = [...codes, ...inputCodes].flatMap(({ code, meaning, remedy }) => [
  { of: `meaning of ${code}`, text: meaning },
  { of: `remedy of ${code}`, text: remedy },
]);
const withSentences = it.each(sentences.map(({ of, text }) => [of, text] as const));

/** What a remedy may tell somebody to do first. A new one is added here, so that none begins with something else. */
const VERBS = [
  ...["Add", "Check", "Choose", "Correct", "Deploy", "Find", "Follow", "Leave", "Look"],
  ...["Remove", "Rename", "Send", "Try", "Use", "Wait", "Write"],
];

const sources = globSync("src/**/*.ts")
  .filter((file) => !/^src\/(domain\/error(s|-codes)|errors-page)\.ts$/.test(file))
  .map((file) => ({ file, text: readFileSync(file, "utf8") }));

/** The files that make an error of this code, or a refusal. */
function makersOf(code: string): string[] {
  const made = new RegExp(String.raw`(?:new DomainError\(|\brefusal\([^()]*,)\s*"${code}"`);
  return sources.filter(({ text }) => made.test(text)).map(({ file }) => file);
}

/** What stands in backticks and looks like this. */
const quoted = (text: string, what: RegExp): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].flatMap(([, inner = ""]) => what.exec(inner)?.[1] ?? []);

describe("the codes of errors", () => {
  it.each(errorCodes)("have none that nothing throws: %s", (code) => {
    expect(makersOf(code)).not.toEqual([]);
  });

  it.each(codes)("are said to be met in answers where a function throws them: $code", (error) => {
    const byFunction = makersOf(error.code).some((file) => file.startsWith("src/functions/"));
    if (byFunction) expect(error.places).toContain("answer");
    expect(error.places).not.toEqual([]);
  });

  it("have one only that is answered with 500", () => {
    const answered = codes.filter(({ places }) => places.includes("answer"));
    const failures = answered.filter(({ status }) => status === 500);
    expect(failures.map(({ code }) => code)).toEqual(["internal"]);
  });

  it("of bad input are all explained", () => {
    expect(Object.keys(inputErrors)).toEqual(InputError.shape.code.options);
  });
});

describe("meanings and remedies", () => {
  withSentences("are one sentence of at most 200 characters: %s", (_of, text) => {
    expect(text.length).toBeLessThanOrEqual(200);
    expect(text).toMatch(/^[A-Z]/);
    expect(text).toMatch(/[^.]\.$/);
    expect(text.slice(0, -1)).not.toMatch(/[.!?]\s/);
  });

  it.each([...codes, ...inputCodes])("say what to do: $code", ({ remedy }) => {
    expect(VERBS).toContain(remedy.split(" ")[0]);
  });

  withSentences("name only calls, settings, commands and pages there are: %s", (_of, text) => {
    const { endpoints, liveness } = createApp(toygres);
    const calls = [...endpoints, ...liveness].map(({ method, route }) => `${method} /${route}`);
    for (const call of quoted(text, /^((?:GET|POST|DELETE) .*)$/)) expect(calls).toContain(call);
    for (const name of quoted(text, /^([A-Z]+(?:_[A-Z]+)+)$/)) expect(settingNames).toContain(name);
    for (const script of quoted(text, /^npm run (\S+)$/)) expect(scripts()).toContain(script);
    for (const event of quoted(text, /^([a-z]+\.[a-z-]+)$/)) {
      expect(sources.some((source) => source.text.includes(`"${event}"`))).toBe(true);
    }
    for (const [page] of text.matchAll(/docs\/\S+\.md/g)) readFileSync(page);
  });
});

const scripts = (): string[] => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync("package.json", "utf8")));
  return Object.keys(scripts);
};

describe("remedyOf", () => {
  it("is what to do about an error of ours", () => {
    expect(remedyOf("quota-exceeded")).toMatch(/`MAX_INSTANCES`/);
  });

  it.each(["tenants::version-too-old", "", "toString", "no-such-code"])(
    "is nothing for what is none of ours: %j",
    (code) => {
      expect(remedyOf(code)).toBeUndefined();
    },
  );
});

describe("docs/errors.md", () => {
  const page = errorsPage();

  it("is what the code says; `npm run errors -- --docs` writes it anew", () => {
    expect(readFileSync("docs/errors.md", "utf8")).toBe(page);
  });

  it.each([...codes, ...inputCodes])("has $code once, with its meaning and its remedy", (error) => {
    const rows = page.split("\n").filter((line) => line.startsWith(`| \`${error.code}\` |`));
    expect(rows).toEqual([expect.stringContaining(`| ${error.meaning} | ${error.remedy} |`)]);
  });
});
