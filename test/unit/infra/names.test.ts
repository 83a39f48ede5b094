import { evaluate } from "../../support/bicep/evaluate.ts";
import { infra, infraFiles } from "../../support/bicep/files.ts";
import { propertyOf, readTemplate } from "../../support/bicep/template.ts";

const main = await readTemplate(infra("main.bicep"));
const minLength = Number(main.parameters.get("environmentName")?.decorators["minLength"]);
const maxLength = Number(main.parameters.get("environmentName")?.decorators["maxLength"]);

/** What Azure allows as a name, from its page on naming rules. Lengths are those of the narrowest use we make. */
const RULES: Readonly<Record<string, RegExp>> = {
  // At most 60 for the app; the Functions host tells apps by the first 32 characters.
  app: /^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$/,
  plan: /^[A-Za-z0-9-]{1,40}$/,
  identity: /^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$/,
  storage: /^[a-z0-9]{3,24}$/,
  packageContainer: /^[a-z0-9]([a-z0-9-]{1,61})[a-z0-9]$/,
  workspace: /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/,
  insights: /^[A-Za-z0-9._()-]{1,259}[A-Za-z0-9_()-]$/,
  network: /^[A-Za-z0-9][\w.-]{0,62}\w$/,
  natGateway: /^[A-Za-z0-9][\w.-]{0,78}\w$/,
  egressAddress: /^[A-Za-z0-9][\w.-]{0,78}\w$/,
  database: /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
  databaseZone: /^([a-z0-9-]{1,63}\.)+private\.postgres\.database\.azure\.com$/,
  scheduler: /^[A-Za-z0-9-]{3,64}$/,
  taskHub: /^[A-Za-z0-9-]{3,64}$/,
  // It is the cluster's DNS prefix, too: at most 54, and it begins with a letter.
  cluster: /^[A-Za-z]([A-Za-z0-9-]{0,52}[A-Za-z0-9])?$/,
  nodeResourceGroup: /^[\w.()-]{0,79}[\w()-]$/,
};

/** environmentName at its limits, and with hyphens, which a storage account cannot have. */
const ENVIRONMENTS = [
  "a".repeat(minLength),
  "z".repeat(maxLength),
  "a-b-c-d-e-f1".slice(0, maxLength),
  "1st",
];

function namesFor(environmentName: string): Record<string, string> {
  const scope: Record<string, string> = { environmentName };
  for (const variable of ["token", "suffix"]) {
    const node = main.variables.get(variable);
    if (node !== undefined) scope[variable] = evaluate(node, scope) as string;
  }
  return evaluate(main.variables.get("names")!, scope) as Record<string, string>;
}

describe("names of resources", () => {
  it("come from an environmentName of bounded length", () => {
    expect([minLength, maxLength]).toEqual([3, 12]);
  });

  it("have a rule each", () => {
    expect(Object.keys(namesFor("toygres")).sort()).toEqual(Object.keys(RULES).sort());
  });

  it.each(ENVIRONMENTS)("obey Azure's rules for the environment %s", (environmentName) => {
    const names = namesFor(environmentName);
    const wrong = Object.entries(names).filter(([kind, name]) => RULES[kind]?.test(name) !== true);
    expect(wrong).toEqual([]);
  });

  it("keep the hash that makes them unique, whole", () => {
    const hash = "z2345abcdefgh";
    const { packageContainer, taskHub, ...unique } = namesFor("z".repeat(maxLength));
    expect([packageContainer, taskHub]).toEqual(["packages", "toygres"]);
    expect(Object.values(unique).filter((name) => !name.includes(hash))).toEqual([]);
  });

  it("make a role in the database whose name fits into PostgreSQL's 63 bytes", () => {
    expect(namesFor("z".repeat(maxLength))["identity"]?.length).toBeLessThanOrEqual(63);
  });

  it.each(infraFiles(".bicep"))(
    "are the environment's own in %s, so that two installations in one resource group keep apart",
    async (file) => {
      const { resources } = await readTemplate(infra(file));
      const fixed = [...resources.values()]
        .map((node) => node.descendantsOfType("object")[0]!)
        .filter((body) => propertyOf(body, "parent") === undefined)
        .map((body) => propertyOf(body, "name")?.text)
        .filter((name) => name === undefined || /^'[^$]*'$/.test(name));
      expect(fixed).toEqual([]);
    },
  );

  it("would be refused with an environmentName of one character more", () => {
    const { app = "" } = namesFor("z".repeat(maxLength + 2));
    expect(RULES["app"]?.test(app)).toBe(false);
  });
});
