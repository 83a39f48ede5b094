import { readFileSync } from "node:fs";
import { z } from "zod";
import { parseConfig, settingNames } from "../../../src/config.ts";
import { appSettingNames } from "../../support/bicep/app-settings.ts";
import { evaluate, type Scope } from "../../support/bicep/evaluate.ts";
import { fromRoot, infra } from "../../support/bicep/files.ts";
import {
  settingProblems,
  type SettingExceptions,
  type SettingNames,
} from "../../support/bicep/settings-check.ts";
import { keysOf, readTemplate } from "../../support/bicep/template.ts";

const main = await readTemplate(infra("main.bicep"));
const app = await readTemplate(infra("modules/app.bicep"));
const sample = z
  .object({ Values: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(fromRoot("local.settings.sample.json"), "utf8"))).Values;

const exceptions: SettingExceptions = {
  host: {
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: "the host signs in with it to send telemetry",
    APPLICATIONINSIGHTS_CONNECTION_STRING: "where the host sends telemetry",
    AZURE_TOKEN_CREDENTIALS: "@azure/identity tries no developer's ways to sign in",
    AzureFunctionsJobHost__extensions__durableTask__hubName:
      "overrides host.json: the scheduler's task hub",
    AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName:
      "overrides host.json: the setting that has the scheduler's address",
    AzureFunctionsJobHost__extensions__durableTask__storageProvider__type:
      "overrides host.json: the Durable Task Scheduler",
    AzureWebJobsDisableHomepage: "no landing page",
    AzureWebJobsStorage: "the host's storage on a laptop: Azurite",
    AzureWebJobsStorage__accountName: "the host's storage",
    AzureWebJobsStorage__clientId: "the identity that opens it",
    AzureWebJobsStorage__credential: "that it is opened by an identity",
    DURABLE_TASK_SCHEDULER_CONNECTION_STRING: "the scheduler's address; it has no secret",
    FUNCTIONS_WORKER_RUNTIME:
      "on a laptop only: Flex Consumption has the runtime in functionAppConfig",
  },
  notInTemplates: {
    DATABASE_URL: "has a password; on Azure an Entra token is the password, with DATABASE_HOST",
    TOYGRES_KUBECONFIG:
      "a file; on Azure the credentials come from AKS_SUBSCRIPTION_ID and its like",
  },
  notInSample: {},
};

const actual: SettingNames = {
  code: settingNames,
  sample: Object.keys(sample),
  docs: [...readFileSync(fromRoot("docs/settings.md"), "utf8").matchAll(/^\| `(\w+)`/gm)].map(
    ([, name = ""]) => name,
  ),
  templates: appSettingNames(main, app),
};

describe("the settings", () => {
  it("are the same in code, sample, docs and templates", () => {
    expect(settingProblems(actual, exceptions)).toEqual([]);
  });

  it.each<[keyof SettingNames, readonly string[]]>([
    [
      "code",
      [
        "MAX_INSTANCES is in local.settings.sample.json and read by nobody",
        "MAX_INSTANCES is in docs/settings.md and read by nobody",
        "MAX_INSTANCES is set by infra and read by nobody",
      ],
    ],
    ["sample", ["MAX_INSTANCES is read by the code and not in local.settings.sample.json"]],
    ["docs", ["MAX_INSTANCES is read by the code and not in docs/settings.md"]],
    ["templates", ["MAX_INSTANCES is read by the code and not set by infra"]],
  ])("are found out when one is taken away from %s", (place, problems) => {
    const fewer = { ...actual, [place]: actual[place].filter((name) => name !== "MAX_INSTANCES") };
    expect(settingProblems(fewer, exceptions)).toEqual(problems);
  });

  it.each<[keyof SettingNames, string]>([
    ["sample", "MAX_INSTANCE is in local.settings.sample.json and read by nobody"],
    ["docs", "MAX_INSTANCE is in docs/settings.md and read by nobody"],
    ["templates", "MAX_INSTANCE is set by infra and read by nobody"],
  ])("are found out when %s has one that nobody reads", (place, problem) => {
    const more = { ...actual, [place]: [...actual[place], "MAX_INSTANCE"] };
    expect(settingProblems(more, exceptions)).toEqual([problem]);
  });

  it("need no exception that is none", () => {
    const notInTemplates = { ...exceptions.notInTemplates, LOG_LEVEL: "?", GONE: "?" };
    expect(settingProblems(actual, { ...exceptions, notInTemplates })).toEqual([
      "LOG_LEVEL is excepted from infra and needs no exception",
      "GONE is excepted from infra and needs no exception",
    ]);
  });

  it("that the templates set to a value of their own have the sample's value", () => {
    const ours = main.variables.get("ourSettings")!;
    const differing = ours.namedChildren
      .filter(({ type }) => type === "object_property")
      .map(({ namedChildren: [key, value] }): [string, string] => [key!.text, value!.text])
      .filter(([, text]) => /^'[^$]*'$/.test(text))
      .filter(([name, text]) => text.slice(1, -1) !== sample[name]);
    expect(differing).toEqual([]);
  });

  it.each([
    ["with an address of its own, for a new cluster", { hasNetwork: true, isNewCluster: true }],
    ["without, for a cluster that is there", { hasNetwork: false, isNewCluster: false }],
  ])("that the templates set are a configuration that the code takes: %s", (_, conditions) => {
    const scope: Scope = {
      ...conditions,
      egressRanges: conditions.hasNetwork ? ["203.0.113.7/32"] : [],
      names: { cluster: "aks-toygres-abc", identity: "id-toygres-abc" },
      chosen: { poolSize: 10 },
      managerUrl: "https://management.azure.com/",
      clusterName: "my-cluster",
      clusterResourceGroup: "rg-cluster",
      clusterSubscriptionId: "99999999-8888-7777-6666-555555555555",
      databaseName: "toygres",
      defaultAllowedCidrs: ["198.51.100.0/24", "203.0.113.0/24"],
      controlPlaneCidrs: [],
      instanceAccess: "port-forward",
      maxInstances: 20,
      namespaces: ["toygres"],
      identity: { outputs: { clientId: "11111111-2222-3333-4444-555555555555" } },
      clusterAccess: { outputs: { region: "westeurope" } },
      database: { outputs: { host: "psql-toygres-abc.postgres.database.azure.com" } },
    };
    const given = evaluate(main.variables.get("ourSettings")!, scope) as Record<string, string>;
    expect(parseConfig(given)).toMatchObject({
      database: {
        host: "psql-toygres-abc.postgres.database.azure.com",
        name: "toygres",
        user: "id-toygres-abc",
      },
      aks: {
        clusterName: conditions.isNewCluster ? "aks-toygres-abc" : "my-cluster",
        resourceManagerUrl: "https://management.azure.com",
      },
      clusterRegion: "westeurope",
      controlPlaneCidrs: conditions.hasNetwork ? ["203.0.113.7/32"] : [],
      defaultAllowedCidrs: ["198.51.100.0/24", "203.0.113.0/24"],
      instanceAccess: "port-forward",
      maxInstances: 20,
    });
  });

  it("hold no secret in the templates: identities take the place of keys and passwords", () => {
    const secrets = actual.templates.filter((name) => /PASSWORD|SECRET|KEY/i.test(name));
    expect(secrets).toEqual([]);
    expect(
      evaluate(app.variables.get("hostSettings")!, {
        identityClientId: "id",
        insightsConnectionString: "i",
        storageName: "s",
      }),
    ).toMatchObject({
      AzureWebJobsStorage__credential: "managedidentity",
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: "ClientId=id;Authorization=AAD",
    });
  });

  it("of the scheduler are given only with the scheduler", () => {
    const text = app.variables.get("allSettings")!.text;
    expect(text).toBe(
      "union(hostSettings, empty(schedulerEndpoint) ? {} : schedulerSettings, settings)",
    );
    expect(keysOf(app.variables.get("schedulerSettings")!)).toHaveLength(4);
  });
});
