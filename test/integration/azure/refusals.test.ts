import { armError, type Answer } from "../../support/azure/stand-in.ts";
import { AksStage, list } from "../../support/azure/aks-stage.ts";

const stage = AksStage.use();

interface Failure {
  readonly when: string;
  readonly given?: Answer;
  readonly code: string;
  readonly says: string;
  readonly action: RegExp;
}

const OF_CLUSTER = 'cannot get the credentials of AKS cluster "aks": ';

describe("what Azure's resource manager refuses is one sentence with what is missing", () => {
  it.each<Failure>([
    {
      when: "the identity has no role on the cluster",
      given: armError(
        403,
        "AuthorizationFailed",
        "The client 'x' with object id 'y' does not have",
      ),
      code: "cluster-refused",
      says: "the app's identity may not read it",
      action: /role `Azure Kubernetes Service Cluster User Role` on the cluster/,
    },
    {
      when: "there is no such cluster",
      given: armError(404, "ResourceNotFound"),
      code: "cluster-refused",
      says: 'there is none of this name in resource group "rg"',
      action: /AKS_CLUSTER_NAME/,
    },
    {
      when: "there is no such resource group",
      given: armError(404, "ResourceGroupNotFound"),
      code: "cluster-refused",
      says: 'resource group "rg" does not exist in the subscription',
      action: /AKS_RESOURCE_GROUP/,
    },
    {
      when: "there is no such subscription",
      given: armError(404, "SubscriptionNotFound"),
      code: "cluster-refused",
      says: "the subscription of AKS_SUBSCRIPTION_ID does not exist, or the identity sees nothing of it",
      action: /AKS_SUBSCRIPTION_ID/,
    },
    {
      when: "the token is of another tenant",
      given: armError(401, "InvalidAuthenticationTokenTenant"),
      code: "cluster-refused",
      says: "Azure's resource manager does not accept the app's identity",
      action: /one tenant/,
    },
    {
      when: "it is asked too often",
      given: { ...armError(429, "TooManyRequests"), headers: { "retry-after": "17" } },
      code: "cluster-unavailable",
      says: "Azure's resource manager has too much to do, and wants to be left alone for 17 s",
      action: /tried again/,
    },
    {
      when: "local accounts are disabled and there is no Entra",
      given: armError(
        400,
        "BadRequest",
        "Getting static credential is not allowed because this cluster is set to disable local accounts.",
      ),
      code: "cluster-refused",
      says: "its local accounts are disabled and it has no sign-in with Entra, so nobody can sign in",
      action: /--enable-aad/,
    },
    {
      when: "it is out of order",
      given: armError(503, "ServiceUnavailable"),
      code: "cluster-unavailable",
      says: "Azure's resource manager answers with 503",
      action: /health of Azure's region/,
    },
  ])("when $when", async ({ given, code, says, action }) => {
    stage.azure.behaviour.credentials = () => given;

    await expect(list(stage.connected())).rejects.toMatchObject({
      code,
      message: OF_CLUSTER + says,
      details: { action: expect.stringMatching(action) },
    });
  });

  it.each([408, 405, 302])("when it answers with %i, in our words only", async (status) => {
    stage.azure.behaviour.credentials = () => armError(status, "X", "client with object id 4711");

    const error: unknown = await list(stage.connected()).catch((it: unknown) => it);
    expect(error).toMatchObject({ message: expect.stringContaining(OF_CLUSTER) });
    expect(String(error)).not.toContain("4711");
  });

  it("when nothing listens at its address", async () => {
    const cluster = stage.connected({ resourceManagerUrl: "https://127.0.0.1:9" });

    await expect(list(cluster)).rejects.toMatchObject({
      code: "cluster-unavailable",
      message: `${OF_CLUSTER}Azure's resource manager cannot be reached (ECONNREFUSED)`,
      details: { action: expect.stringContaining("AZURE_RESOURCE_MANAGER_URL") },
    });
  });

  it("and is tried again by the next call", async () => {
    stage.azure.behaviour.credentials = () => armError(403, "AuthorizationFailed");
    const cluster = stage.connected();
    await expect(list(cluster)).rejects.toThrow("may not read it");

    stage.azure.behaviour.credentials = undefined;
    expect(await list(cluster)).toEqual([]);
  });
});

describe("a sign-in that gives no token is one sentence with what is missing", () => {
  it("when the app has no such identity", async () => {
    const cluster = stage.connected({ clientId: "99999999-0000-0000-0000-000000000000" });

    await expect(list(cluster)).rejects.toMatchObject({
      code: "sign-in-failed",
      message: `cannot sign in to ${stage.azure.url}: this app has no such managed identity`,
      details: { action: expect.stringContaining("AZURE_CLIENT_ID") },
    });
  });

  it.each([
    [
      { status: 429, body: { message: "Too Many Requests" } },
      "there were too many requests for tokens",
    ],
    [{ status: 403, body: { message: "no" } }, "the managed identity's endpoint refuses it"],
  ])(
    "when the endpoint answers with %j",
    async (answer, reason) => {
      stage.azure.behaviour.token = () => answer;

      await expect(list(stage.connected())).rejects.toMatchObject({
        code: "sign-in-failed",
        message: `cannot sign in to ${stage.azure.url}: ${reason}`,
        details: { action: expect.not.stringContaining("az login") },
      });
    },
    90_000,
  );

  it("when the way to sign in is misspelt, and works again once it is not", async () => {
    const cluster = stage.connected();
    process.env["AZURE_TOKEN_CREDENTIALS"] = "production";
    try {
      await expect(list(cluster)).rejects.toMatchObject({
        code: "sign-in-failed",
        message: `cannot sign in to ${stage.azure.url}: \`AZURE_TOKEN_CREDENTIALS\` names no way to sign in`,
        details: { action: expect.stringContaining("`prod`") },
      });
    } finally {
      process.env["AZURE_TOKEN_CREDENTIALS"] = "prod";
    }
    expect(await list(cluster)).toEqual([]);
  });

  it("when Entra does not know the application", async () => {
    stage.azure.behaviour.token = () => ({
      status: 400,
      body: {
        statusCode: 400,
        message: "AADSTS700016: Application with identifier 'x' was not found",
      },
    });

    await expect(list(stage.connected())).rejects.toMatchObject({
      code: "sign-in-failed",
      message: `cannot sign in to ${stage.azure.url}: Entra does not know the application in this tenant (AADSTS700016)`,
    });
  });
});

describe("an API server that does not answer is explained by what Azure says of the cluster", () => {
  it.each([
    {
      when: "it is stopped",
      properties: { powerState: { code: "Stopped" } },
      action: "The cluster is stopped: start it with `az aks start`.",
    },
    {
      when: "it is private",
      properties: { apiServerAccessProfile: { enablePrivateCluster: true } },
      action:
        "The cluster's API server is private: integrate the function app with the cluster's virtual network, or a peered one, and link its private DNS zone to it.",
    },
    {
      when: "it takes connections from some addresses only",
      properties: { apiServerAccessProfile: { authorizedIPRanges: ["203.0.113.7/32"] } },
      action:
        "The cluster's API server takes connections from 1 authorized IP ranges only: add the function app's outbound addresses to them.",
    },
  ])("when $when", async ({ properties, action }) => {
    stage.azure.resource.properties = properties;
    const cluster = stage.connected();
    await stage.api.stop();

    await expect(list(cluster)).rejects.toMatchObject({
      code: "cluster-unavailable",
      details: { action },
    });
  });
});
