import { readFileSync } from "node:fs";
import { z } from "zod";
import { parseConfig, settingNames } from "../../../src/config.ts";

const DATABASE_URL = "postgres://toygres:s3cret-in-url@db.example:5432/toygres";

const SampleFile = z.object({ Values: z.record(z.string(), z.string()) });
const sample = SampleFile.parse(
  JSON.parse(readFileSync(new URL("../../../local.settings.sample.json", import.meta.url), "utf8")),
).Values;

function problemsOf(env: Readonly<Record<string, string | undefined>>): string {
  try {
    parseConfig(env);
    return "";
  } catch (error) {
    return String(error);
  }
}

describe("the configuration", () => {
  it("needs nothing but the database", () => {
    expect(parseConfig({ DATABASE_URL })).toEqual({
      database: { url: DATABASE_URL },
      aks: undefined,
      azureClientId: undefined,
      instanceAccess: "direct",
      databasePoolSize: 10,
      kubeconfig: undefined,
      clusterRegion: undefined,
      defaultAllowedCidrs: [],
      controlPlaneCidrs: [],
      namespaces: ["toygres"],
      maxInstances: 100,
      healthIntervalMs: 30_000,
      healthRetryMs: 10_000,
      healthWriteIntervalMs: 300_000,
      imageRegistry: undefined,
      imageDigests: {},
      storageClass: undefined,
      sweepSchedule: "0 * * * * *",
      logLevel: "info",
    });
  });

  it("reads the sample of local settings, which names every setting", () => {
    const config = parseConfig(sample);
    expect(config.defaultAllowedCidrs).toEqual(["127.0.0.0/8"]);
    expect(Object.keys(sample)).toEqual(expect.arrayContaining([...settingNames]));
  });

  it("signs in to the metadata with Entra, as a role instead of a URL", () => {
    const { database } = parseConfig({
      DATABASE_HOST: "db.postgres.database.azure.com",
      DATABASE_USER: "toygres-app",
    });
    expect(database).toEqual({
      host: "db.postgres.database.azure.com",
      name: "toygres",
      user: "toygres-app",
    });
  });

  it("names an AKS cluster by three settings", () => {
    const { aks } = parseConfig({
      DATABASE_URL,
      AKS_SUBSCRIPTION_ID: "11111111-2222-3333-4444-555555555555",
      AKS_RESOURCE_GROUP: "rg_(west)",
      AKS_CLUSTER_NAME: "aks-1",
    });
    expect(aks).toEqual({
      subscriptionId: "11111111-2222-3333-4444-555555555555",
      resourceGroup: "rg_(west)",
      clusterName: "aks-1",
      resourceManagerUrl: "https://management.azure.com",
    });
  });

  it.each([
    {
      given: { DATABASE_HOST: "db.example" },
      says: "DATABASE_USER is required with DATABASE_HOST",
    },
    {
      given: { DATABASE_URL, DATABASE_HOST: "db.example", DATABASE_USER: "app" },
      says: "DATABASE_HOST is set beside DATABASE_URL",
    },
    {
      given: { DATABASE_URL, AKS_CLUSTER_NAME: "aks" },
      says: "AKS_SUBSCRIPTION_ID is required with AKS_CLUSTER_NAME",
    },
    {
      given: { DATABASE_URL, AZURE_RESOURCE_MANAGER_URL: "http://management.azure.com" },
      says: "AZURE_RESOURCE_MANAGER_URL must be a URL such as https://",
    },
    {
      given: { DATABASE_URL, AZURE_CLIENT_ID: "me" },
      says: "AZURE_CLIENT_ID must be the client id",
    },
    { given: { DATABASE_URL, INSTANCE_ACCESS: "vpn" }, says: "INSTANCE_ACCESS must be direct or" },
  ])("refuses what does not fit together: $says", ({ given, says }) => {
    expect(problemsOf(given)).toContain(`  ${says}`);
  });

  it("takes an empty setting as absent", () => {
    expect(parseConfig({ DATABASE_URL, MAX_INSTANCES: " ", CLUSTER_REGION: "" })).toMatchObject({
      maxInstances: 100,
      clusterRegion: undefined,
    });
  });

  it("reads lists with blanks around their commas", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const config = parseConfig({
      DATABASE_URL,
      DEFAULT_ALLOWED_CIDRS: "203.0.113.0/24, 2001:db8::/32",
      TOYGRES_NAMESPACES: "toygres ,other",
      IMAGE_DIGESTS: `18=${digest},16=${digest}`,
    });
    expect(config.defaultAllowedCidrs).toEqual(["203.0.113.0/24", "2001:db8::/32"]);
    expect(config.namespaces).toEqual(["toygres", "other"]);
    expect(config.imageDigests).toEqual({ 16: digest, 18: digest });
  });

  it("names everything that is wrong at once", () => {
    const problems = problemsOf({ MAX_INSTANCES: "many", LOG_LEVEL: "loud", SWEEP_SCHEDULE: "5s" });
    for (const name of ["DATABASE_URL", "MAX_INSTANCES", "LOG_LEVEL", "SWEEP_SCHEDULE"]) {
      expect(problems).toContain(`  ${name} `);
    }
  });

  it.each([
    ["DATABASE_URL", "mysql://u:p@h/db"],
    ["DATABASE_URL", "postgres://host"],
    ["DATABASE_URL", "not a url"],
    ["DATABASE_POOL_SIZE", "0"],
    ["DATABASE_POOL_SIZE", "1.5"],
    ["CLUSTER_REGION", "West Europe"],
    ["DEFAULT_ALLOWED_CIDRS", "203.0.113.0"],
    ["DEFAULT_ALLOWED_CIDRS", "203.0.113.0/24,"],
    ["CONTROL_PLANE_CIDRS", "everyone"],
    ["TOYGRES_NAMESPACES", "Toygres"],
    ["MAX_INSTANCES", "-1"],
    ["HEALTH_INTERVAL_SECONDS", "0"],
    ["HEALTH_RETRY_SECONDS", "soon"],
    ["HEALTH_WRITE_INTERVAL_SECONDS", "1e9"],
    ["IMAGE_REGISTRY", "https://registry.example/"],
    ["IMAGE_DIGESTS", "15=sha256:00"],
    ["STORAGE_CLASS", "Fast!"],
    ["SWEEP_SCHEDULE", "* * * * *"],
    ["LOG_LEVEL", "debug"],
  ])("refuses a wrong %s: %s", (name, value) => {
    expect(problemsOf({ DATABASE_URL, [name]: value })).toContain(`\n  ${name} `);
  });

  it("never repeats a value, which may be a secret", () => {
    const secret = "hunter2-canary";
    const env = Object.fromEntries(settingNames.map((name) => [name, `!${secret}!`]));
    expect(problemsOf(env)).not.toContain(secret);
  });
});
