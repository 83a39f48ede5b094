/** The names of settings in the four places that have to agree. */
export interface SettingNames {
  /** Read by src/config.ts. */
  readonly code: readonly string[];
  /** Listed in local.settings.sample.json. */
  readonly sample: readonly string[];
  /** Explained in docs/settings.md. */
  readonly docs: readonly string[];
  /** Given to the function app by infra/. */
  readonly templates: readonly string[];
}

/** Settings that may be missing somewhere, each with the reason. */
export interface SettingExceptions {
  /** Read by the Functions host and not by our code. */
  readonly host: Readonly<Record<string, string>>;
  readonly notInTemplates: Readonly<Record<string, string>>;
  readonly notInSample: Readonly<Record<string, string>>;
}

/** Where the four disagree, one sentence each; empty when they agree. */
export function settingProblems(
  { code, sample, docs, templates }: SettingNames,
  { host, notInTemplates, notInSample }: SettingExceptions,
): readonly string[] {
  const known = [...code, ...Object.keys(host)];
  return [
    ...without(
      code,
      sample,
      notInSample,
      "is read by the code and not in local.settings.sample.json",
    ),
    ...without(code, docs, {}, "is read by the code and not in docs/settings.md"),
    ...without(code, templates, notInTemplates, "is read by the code and not set by infra"),
    ...without(sample, known, {}, "is in local.settings.sample.json and read by nobody"),
    ...without(docs, known, {}, "is in docs/settings.md and read by nobody"),
    ...without(templates, known, {}, "is set by infra and read by nobody"),
    ...stale(notInTemplates, code, templates, "excepted from infra"),
    ...stale(notInSample, code, sample, "excepted from local.settings.sample.json"),
  ];
}

const without = (
  names: readonly string[],
  there: readonly string[],
  excepted: Readonly<Record<string, string>>,
  problem: string,
): string[] =>
  names
    .filter((name) => !there.includes(name) && !Object.hasOwn(excepted, name))
    .map((name) => `${name} ${problem}`);

/** An exception that is no longer one would hide the next mistake. */
const stale = (
  excepted: Readonly<Record<string, string>>,
  code: readonly string[],
  there: readonly string[],
  what: string,
): string[] =>
  Object.keys(excepted)
    .filter((name) => !code.includes(name) || there.includes(name))
    .map((name) => `${name} is ${what} and needs no exception`);
