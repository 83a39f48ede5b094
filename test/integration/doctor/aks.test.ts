import type { Cluster } from "../../../local/cluster/server.ts";
import { AksStage } from "../../support/azure/aks-stage.ts";
import { armError, SERVER_APPLICATION } from "../../support/azure/stand-in.ts";
import { examine } from "./examine.ts";

const stage = AksStage.use();

const SETTINGS = {
  AKS_SUBSCRIPTION_ID: "11111111-2222-3333-4444-555555555555",
  AKS_RESOURCE_GROUP: "rg",
  AKS_CLUSTER_NAME: "aks",
};

const examined = (env: Readonly<Record<string, string>> = {}) =>
  examine({
    ...SETTINGS,
    AZURE_CLIENT_ID: stage.azure.clientId,
    AZURE_RESOURCE_MANAGER_URL: stage.azure.url,
    ...env,
  });

const GOOD = {
  aadProfile: { enableAzureRBAC: true },
  disableLocalAccounts: true,
  networkProfile: { networkPolicy: "cilium" },
  powerState: { code: "Running" },
};

describe("an AKS cluster", () => {
  it("that is as infra/ makes it gives nothing to fix, and is asked with the identity's tokens", async () => {
    stage.azure.resource.properties = GOOD;
    const { of } = await examined();

    expect(of("sign-in")).toEqual({
      status: "ok",
      found: "a token for Azure's resource manager; a token for AKS",
    });
    expect(of("aks")).toEqual({
      status: "ok",
      found:
        "the cluster runs; in westeurope; sign-in with Entra, rights by Azure RBAC; the API server takes connections from everywhere",
    });
    expect(of("cluster")).toMatchObject({ status: "ok" });
    expect(of("rights")).toMatchObject({ status: "ok" });
    expect(of("network-policy")).toEqual({ status: "ok", found: "enforced by cilium" });
    expect(stage.tokens(SERVER_APPLICATION)).toBe(1);
  });

  it("without a network policy engine fails, and the fix makes one", async () => {
    stage.azure.resource.properties = { ...GOOD, networkProfile: {} };
    const { of, code } = await examined();

    expect(code).toBe(1);
    expect(of("network-policy")).toMatchObject({
      status: "failed",
      fix: expect.stringContaining("az aks update --network-dataplane cilium"),
    });
  });

  it("that is stopped is told so, and nothing waits for it", async () => {
    stage.azure.resource.properties = { ...GOOD, powerState: { code: "Stopped" } };
    const { of } = await examined();

    expect(of("aks")).toMatchObject({
      status: "failed",
      found: expect.stringMatching(/^the cluster is stopped/),
      fix: "Start it with `az aks start`.",
    });
    expect(of("cluster")).toEqual({ status: "skipped", found: "needs aks" });
  });

  it("that the identity may not read names the role that is missing", async () => {
    stage.azure.behaviour.cluster = () => armError(403, "AuthorizationFailed");
    expect((await examined()).of("aks")).toMatchObject({
      status: "failed",
      fix: expect.stringContaining("`Azure Kubernetes Service Cluster User Role`"),
    });
  });

  it("is not looked for by an identity that the app does not have", async () => {
    const { of } = await examined({ AZURE_CLIENT_ID: "99999999-2222-3333-4444-555555555555" });

    expect(of("sign-in")).toMatchObject({
      status: "failed",
      found: expect.stringContaining("this app has no such managed identity"),
    });
    expect(of("aks")).toEqual({ status: "skipped", found: "needs sign-in" });
  });

  it("that goes silent is explained by what Azure says of it", async () => {
    stage.azure.resource.properties = {
      ...GOOD,
      apiServerAccessProfile: { authorizedIPRanges: ["203.0.113.0/24"] },
    };
    const gone: Cluster = stage.api;
    await gone.stop();
    const { of } = await examined();

    expect(of("aks").found).toContain("takes connections from 203.0.113.0/24 only");
    expect(of("cluster")).toMatchObject({
      status: "failed",
      fix: expect.stringContaining("add the function app's outbound addresses"),
    });
  });
});
