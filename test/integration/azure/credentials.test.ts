import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster, type Cluster } from "../../../local/cluster/server.ts";
import { createIdentity } from "../../../src/identity/identity.ts";
import { createCluster, type ConnectedCluster } from "../../../src/kubernetes/cluster.ts";
import {
  armError,
  entraKubeconfig,
  SERVER_APPLICATION,
  startAzure,
  staticKubeconfig,
  type Answer,
  type AzureStandIn,
} from "../../support/azure/stand-in.ts";

const SUBSCRIPTION = "11111111-2222-3333-4444-555555555555";

let folder: string;
let azureFolder: string;
let azure: AzureStandIn;
let api: Cluster;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  azureFolder = await mkdtemp(join(tmpdir(), "toygres-test-azure-"));
  azure = await startAzure(azureFolder);
});

afterAll(async () => {
  await azure.stop();
  await rm(azureFolder, { recursive: true, force: true });
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "toygres-test-aks-"));
  azure.reset();
  api = await startApi();
  azure.kubeconfig = entraKubeconfig(placeOf(api));
});

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  await rm(folder, { recursive: true, force: true });
});

/** An API server with TLS that takes the tokens of Azure, as AKS with Entra does. */
async function startApi(name = "api"): Promise<Cluster> {
  const started = await startCluster({
    folder: join(folder, name),
    tls: true,
    accepts: (token) => azure.accepts(SERVER_APPLICATION, token),
  });
  closing.push(() => started.stop());
  return started;
}

const placeOf = ({ url, ca = "" }: Cluster) => ({ server: url, ca });

function connected(over: { clientId?: string; clusterRegion?: string } = {}): ConnectedCluster {
  const cluster = createCluster({
    serviceAccountFolder: join(folder, "no-pod"),
    identity: createIdentity({ clientId: over.clientId ?? azure.clientId }),
    clusterRegion: over.clusterRegion,
    aks: {
      subscriptionId: SUBSCRIPTION,
      resourceGroup: "rg",
      clusterName: "aks",
      resourceManagerUrl: azure.url,
    },
  });
  closing.push(() => cluster.close());
  return cluster;
}

const REF = {
  instanceId: "0b1f6f0c-6f0e-4a5f-9b8e-0a1b2c3d4e5f",
  namespace: "toygres",
  instanceName: "x",
};
const list = (cluster: ConnectedCluster) => cluster.list(REF);
const tokens = (of: string) => azure.issued.filter(({ resource }) => resource === of).length;

describe("the credentials of an AKS cluster with Entra", () => {
  it("are a token of the app's identity for the cluster's server application", async () => {
    const cluster = connected();

    expect(await list(cluster)).toEqual([]);
    expect(azure.issued.map(({ resource }) => resource)).toEqual([azure.url, SERVER_APPLICATION]);
    expect(azure.calls.filter((call) => !call.startsWith("GET token")).toSorted()).toEqual([
      "GET cluster",
      "POST credentials",
    ]);
  });

  it("are asked for once, however many calls begin together", async () => {
    const cluster = connected();

    await Promise.all(Array.from({ length: 20 }, () => list(cluster)));
    expect(tokens(SERVER_APPLICATION)).toBe(1);
    expect(azure.calls.filter((call) => call === "POST credentials")).toHaveLength(1);
  });

  it("tell the cluster's region, which wins over the configuration", async () => {
    expect(await connected({ clusterRegion: "northeurope" }).region()).toBe("westeurope");
  });

  it("are renewed before they expire", async () => {
    // The library renews two minutes before the end: this one is due at once, and still good.
    azure.behaviour.lifetimeSeconds = 60;
    const cluster = connected();

    await list(cluster);
    azure.behaviour.lifetimeSeconds = 3_600;
    await list(cluster);
    await list(cluster);
    await expect(list(cluster)).resolves.toEqual([]);
    expect(tokens(SERVER_APPLICATION)).toBeGreaterThan(1);
  });

  it("are renewed after the cluster refuses them, within the same call", async () => {
    const cluster = connected();
    await list(cluster);

    azure.revoke(SERVER_APPLICATION);
    expect(await list(cluster)).toEqual([]);
    expect(tokens(SERVER_APPLICATION)).toBe(2);
  });

  it("are not asked for again and again when the cluster refuses the new ones, too", async () => {
    const cluster = connected();
    await list(cluster);
    await api.stop();
    closing.length = 1;
    const strict = await startCluster({
      folder: join(folder, "strict"),
      tls: true,
      token: "other",
    });
    closing.push(() => strict.stop());
    azure.kubeconfig = entraKubeconfig(placeOf(strict));

    for (let call = 0; call < 5; call += 1) {
      await expect(list(cluster)).rejects.toThrow("the cluster does not accept our credentials");
    }
    expect(tokens(SERVER_APPLICATION)).toBe(2);
  });

  it("lead to where the cluster has moved", async () => {
    const cluster = connected();
    await list(cluster);

    await api.stop();
    const moved = await startApi("moved");
    azure.kubeconfig = entraKubeconfig(placeOf(moved));
    expect(await list(cluster)).toEqual([]);
  });

  it("lead to a cluster of this name that was made anew, with another CA at the same address", async () => {
    const cluster = connected();
    await list(cluster);
    const port = Number(new URL(api.url).port);
    await api.stop();

    const anew = await startCluster({
      folder: join(folder, "anew"),
      tls: true,
      port,
      accepts: (token) => azure.accepts(SERVER_APPLICATION, token),
    });
    closing.push(() => anew.stop());
    azure.kubeconfig = entraKubeconfig(placeOf(anew));
    await cluster.close();
    expect(await list(cluster)).toEqual([]);
  });

  it("never leave in an error or in what an error shows", async () => {
    const cluster = connected();
    await list(cluster);
    await api.stop();

    const error: unknown = await list(cluster).catch((it: unknown) => it);
    const shown = JSON.stringify([String(error), error, Object(error).details]);
    for (const { token } of azure.issued) expect(shown).not.toContain(token);
    expect(shown).toContain("nothing listens at the cluster's address");
  });
});

it("takes the static credential of a cluster without Entra as it is, and asks for a new one when it is refused", async () => {
  const valid = new Set(["first"]);
  const plain = await startCluster({
    folder: join(folder, "plain"),
    tls: true,
    accepts: (token) => valid.has(token),
  });
  closing.push(() => plain.stop());
  azure.kubeconfig = staticKubeconfig({ ...placeOf(plain), token: "first" });
  const cluster = connected();
  expect(await list(cluster)).toEqual([]);

  valid.clear();
  valid.add("second");
  azure.kubeconfig = staticKubeconfig({ ...placeOf(plain), token: "second" });
  expect(await list(cluster)).toEqual([]);
  expect(tokens(SERVER_APPLICATION)).toBe(0);
});

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
    azure.behaviour.credentials = () => given;

    await expect(list(connected())).rejects.toMatchObject({
      code,
      message: OF_CLUSTER + says,
      details: { action: expect.stringMatching(action) },
    });
  });

  it("when nothing listens at its address", async () => {
    const cluster = createCluster({
      serviceAccountFolder: join(folder, "no-pod"),
      identity: createIdentity({ clientId: azure.clientId }),
      aks: {
        ...{ subscriptionId: SUBSCRIPTION, resourceGroup: "rg", clusterName: "aks" },
        resourceManagerUrl: "https://127.0.0.1:9",
      },
    });
    azure.behaviour.token = () => undefined;

    await expect(list(cluster)).rejects.toMatchObject({
      code: "cluster-unavailable",
      message: `${OF_CLUSTER}Azure's resource manager cannot be reached (ECONNREFUSED)`,
      details: { action: expect.stringContaining("AZURE_RESOURCE_MANAGER_URL") },
    });
  });

  it("and is tried again by the next call", async () => {
    azure.behaviour.credentials = () => armError(403, "AuthorizationFailed");
    const cluster = connected();
    await expect(list(cluster)).rejects.toThrow("may not read it");

    azure.behaviour.credentials = undefined;
    expect(await list(cluster)).toEqual([]);
  });
});

describe("a sign-in that gives no token is one sentence with what is missing", () => {
  it("when the app has no such identity", async () => {
    const cluster = connected({ clientId: "99999999-0000-0000-0000-000000000000" });

    await expect(list(cluster)).rejects.toMatchObject({
      code: "sign-in-failed",
      message: `cannot sign in to ${azure.url}: this app has no such managed identity`,
      details: { action: expect.stringContaining("AZURE_CLIENT_ID") },
    });
  });

  it("when Entra does not know the application", async () => {
    azure.behaviour.token = () => ({
      status: 400,
      body: {
        statusCode: 400,
        message: "AADSTS700016: Application with identifier 'x' was not found",
      },
    });

    await expect(list(connected())).rejects.toMatchObject({
      code: "sign-in-failed",
      message: `cannot sign in to ${azure.url}: Entra does not know the application in this tenant (AADSTS700016)`,
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
    azure.resource.properties = properties;
    const cluster = connected();
    await api.stop();

    await expect(list(cluster)).rejects.toMatchObject({
      code: "cluster-unavailable",
      details: { action },
    });
  });
});
