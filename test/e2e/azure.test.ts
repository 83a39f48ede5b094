import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startCluster, type Cluster } from "../../local/cluster/server.ts";
import { startWorkers } from "../../local/cluster/workers.ts";
import { Operation } from "../../src/domain/operation.ts";
import { setUpNamespace } from "../../src/kubernetes/setup.ts";
import { startEntraDatabase, type EntraDatabase } from "../support/azure/database.ts";
import {
  DATABASE_RESOURCE,
  entraKubeconfig,
  SERVER_APPLICATION,
  startAzure,
  type AzureStandIn,
} from "../support/azure/stand-in.ts";
import { poll, temporaryFolder } from "../support/environment.ts";
import { Created } from "../support/instances.ts";
import { launchHost, type HostProcess } from "../support/functions-host.ts";

const DATABASE_ADDRESS = "127.211.0.1";
const DATABASE_TOKEN = "the-token-for-the-database";

let folder: string;
let azure: AzureStandIn;
let cluster: Cluster;
let database: EntraDatabase;
let host: HostProcess;

/** The app with the settings of Azure and no others: it knows neither a password nor a kubeconfig. */
beforeAll(async () => {
  folder = await temporaryFolder();
  azure = await startAzure(join(folder, "azure"));
  azure.behaviour.token = (resource) =>
    resource === DATABASE_RESOURCE
      ? {
          status: 200,
          body: { access_token: DATABASE_TOKEN, expires_on: "4102444800", token_type: "Bearer" },
        }
      : undefined;
  database = await startEntraDatabase(join(folder, "database"), DATABASE_ADDRESS);
  await database.letIn(DATABASE_TOKEN);
  const clusterFolder = join(folder, "cluster");
  cluster = await startCluster({
    folder: clusterFolder,
    tls: true,
    token: "of-the-administrator",
    accepts: (token) => azure.accepts(SERVER_APPLICATION, token),
    start: (store) => startWorkers({ store, folder: clusterFolder, pool: { 18: 0 } }),
  });
  await setUpNamespace({ kubeconfig: cluster.kubeconfigPath, namespace: "toygres" });
  azure.kubeconfig = entraKubeconfig({ server: cluster.url, ca: cluster.ca ?? "" });

  const authorities = join(folder, "authorities.pem");
  await writeFile(authorities, azure.ca + database.ca);
  host = await launchHost({
    app: ".",
    env: {
      NODE_EXTRA_CA_CERTS: authorities,
      DATABASE_HOST: DATABASE_ADDRESS,
      DATABASE_USER: database.role,
      AKS_SUBSCRIPTION_ID: "11111111-2222-3333-4444-555555555555",
      AKS_RESOURCE_GROUP: "rg",
      AKS_CLUSTER_NAME: "aks",
      AZURE_CLIENT_ID: azure.clientId,
      AZURE_RESOURCE_MANAGER_URL: azure.url,
      DEFAULT_ALLOWED_CIDRS: "127.0.0.0/8",
      CONTROL_PLANE_CIDRS: "127.0.0.0/8",
    },
  });
}, 120_000);

afterAll(async () => {
  await host.stop();
  await cluster.stop();
  await database.stop();
  await azure.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function call(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${host.url}${path}`, {
    method,
    ...(body !== undefined && {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  return response.json();
}

const ended = (id: string) =>
  poll(`operation ${id} to end`, async () => {
    const operation = Operation.parse(await call("GET", `/operations/${id}`));
    return ["succeeded", "failed", "canceled"].includes(operation.status) ? operation : undefined;
  });

it("creates and deletes an instance with nothing but its identity, also when its tokens are revoked meanwhile", async () => {
  expect(await call("GET", "/health")).toMatchObject({ status: "healthy" });

  const { instance, operation } = Created.parse(
    await call("POST", "/instances", { name: "orders", dnsLabel: "orders-of-toygres" }),
  );
  expect(await ended(operation.id)).toMatchObject({
    status: "succeeded",
    // Of the region that Azure names.
    result: { dnsName: "orders-of-toygres.westeurope.cloudapp.azure.com" },
  });

  azure.revoke(SERVER_APPLICATION);
  const deletion = Operation.parse(await call("DELETE", `/instances/${instance.id}`));
  expect((await ended(deletion.id)).status).toBe("succeeded");

  const said = host.lines.join("\n");
  expect(azure.issued.length).toBeGreaterThan(2);
  for (const { token } of azure.issued) expect(said).not.toContain(token);
  expect(said).not.toContain(DATABASE_TOKEN);
}, 120_000);
