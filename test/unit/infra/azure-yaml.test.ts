import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { evaluate } from "../../support/bicep/evaluate.ts";
import { fromRoot, infra } from "../../support/bicep/files.ts";
import { readTemplate } from "../../support/bicep/template.ts";

const Hook = z.strictObject({ shell: z.enum(["sh", "pwsh"]), run: z.string() });
const AzureYaml = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/),
  requiredVersions: z.strictObject({ azd: z.string().regex(/^>= \d+\.\d+\.\d+$/) }),
  infra: z.strictObject({ provider: z.literal("bicep"), path: z.string(), module: z.string() }),
  hooks: z.record(z.string(), Hook),
  services: z.record(
    z.string(),
    z.strictObject({
      host: z.literal("function"),
      language: z.literal("js"),
      project: z.string(),
      remoteBuild: z.boolean(),
    }),
  ),
});
const azd = AzureYaml.parse(parse(readFileSync(fromRoot("azure.yaml"), "utf8")));
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(fromRoot("package.json"), "utf8")));

describe("azure.yaml", () => {
  it("has one service, whose name is the tag by which azd finds the function app", async () => {
    const { resources } = await readTemplate(infra("modules/app.bicep"));
    const tags = resources.get("app")?.text.match(/'azd-service-name': ('[^']*')/);
    expect(Object.keys(azd.services).map((name) => `'${name}'`)).toEqual([tags?.[1]]);
  });

  it("deploys the template with the sample parameters", async () => {
    expect([azd.infra.path, azd.infra.module]).toEqual(["infra", "main"]);
    const { variables } = await readTemplate(infra("main.bicep"));
    expect(
      evaluate(variables.get("allTags")!.namedChildren[1]!.namedChildren[0]!, {
        environmentName: "toygres",
      }),
    ).toEqual({ "azd-env-name": "toygres" });
  });

  it("publishes what npm run package makes, unbuilt, and makes it anew each time", () => {
    expect(azd.services["control-plane"]).toMatchObject({
      project: "build/package",
      remoteBuild: false,
    });
    expect(Object.keys(azd.hooks)).toEqual(["prepackage", "predeploy"]);
    const commands = Object.values(azd.hooks).map(({ run }) => run);
    const called = commands.map((run) => /^npm run (\S+)$/.exec(run)?.[1] ?? run);
    expect(called.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});
