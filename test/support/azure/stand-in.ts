import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { serverCertificate } from "../../../local/cluster/api/certificates.ts";

export const SERVER_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630";
export const DATABASE_RESOURCE = "https://ossrdbms-aad.database.windows.net";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How Azure words a refusal. */
export const armError = (status: number, code: string, message = ""): Answer => ({
  status,
  body: { error: { code, message } },
});

interface Issued {
  readonly token: string;
  readonly resource: string;
  readonly clientId: string;
  readonly expiresAt: number;
}

/** What the tests turn: an answer in the place of the usual one, or how long tokens live. */
export interface Behaviour {
  lifetimeSeconds: number;
  token?: ((resource: string, clientId: string) => Answer | undefined) | undefined;
  /** Of `managedClusters/{name}` and of its `listClusterUserCredential`. */
  cluster?: (() => Answer | undefined) | undefined;
  credentials?: (() => Answer | undefined) | undefined;
  silent?: boolean;
}

export interface AzureStandIn {
  /** Of the resource manager. */
  readonly url: string;
  /** Of its certificate, PEM. */
  readonly ca: string;
  /** The one identity that it knows. */
  clientId: string;
  behaviour: Behaviour;
  /** The cluster's resource, of which a test changes what it is about. */
  resource: { location: string; properties: Record<string, unknown> };
  /** What listClusterUserCredential gives. */
  kubeconfig: string;
  /** Requests so far, such as `GET token https://management.azure.com`. */
  calls: string[];
  issued: Issued[];
  /** All as at the start, with another identity: the SDK keeps an endpoint and its tokens for as long as the process lives. */
  reset(): void;
  /** Tokens for the resource that were given out until now count no longer. */
  revoke(resource: string): void;
  accepts(resource: string, token: string): boolean;
  stop(): Promise<void>;
}

/**
 * The endpoints of Azure that the app talks to, on loopback: the managed identity's as a function app finds it
 * (`IDENTITY_ENDPOINT`, which is set while it runs, and `AZURE_TOKEN_CREDENTIALS` as infra/ sets it) and the resource manager's. Shapes: the App Service identity
 * protocol of 2019-08-01, and `Microsoft.ContainerService/managedClusters`.
 */
export async function startAzure(folder: string): Promise<AzureStandIn> {
  const header = randomUUID();
  const revoked = new Set<string>();
  const fresh = () => ({
    clientId: randomUUID() as string,
    issued: [] as Issued[],
    calls: [] as string[],
    behaviour: { lifetimeSeconds: 3_600 } as Behaviour,
    resource: { location: "westeurope", properties: {} },
    kubeconfig: "",
  });
  const stand = fresh();

  const accepts = (of: string, token: string): boolean =>
    stand.issued.some(
      (one) =>
        one.token === token &&
        one.resource === of &&
        one.expiresAt > Date.now() &&
        !revoked.has(token),
    );

  const giveToken = (request: IncomingMessage, url: URL): Answer => {
    const of = url.searchParams.get("resource") ?? "";
    stand.calls.push(`GET token ${of}`);
    if (request.headers["x-identity-header"] !== header) return { status: 401, body: {} };
    const asked = url.searchParams.get("client_id") ?? "";
    const instead = stand.behaviour.token?.(of, asked);
    if (instead !== undefined) return instead;
    if (asked !== stand.clientId) {
      const message =
        "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.";
      return { status: 400, body: { statusCode: 400, message, correlationId: randomUUID() } };
    }
    const expiresAt = Date.now() + stand.behaviour.lifetimeSeconds * 1_000;
    const token = randomBytes(24).toString("base64url");
    stand.issued.push({ token, resource: of, clientId: asked, expiresAt });
    return {
      status: 200,
      body: {
        access_token: token,
        expires_on: String(Math.floor(expiresAt / 1_000)),
        resource: of,
        token_type: "Bearer",
        client_id: asked,
      },
    };
  };

  const manage = (request: IncomingMessage, url: URL): Answer => {
    const asks = url.pathname.endsWith("/listClusterUserCredential") ? "credentials" : "cluster";
    stand.calls.push(`${request.method ?? ""} ${asks}`);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (!accepts(origin(), token)) return armError(401, "InvalidAuthenticationToken");
    const instead = stand.behaviour[asks]?.();
    if (instead !== undefined) return instead;
    if (asks === "cluster") return { status: 200, body: { ...stand.resource, name: "aks" } };
    const value = Buffer.from(stand.kubeconfig).toString("base64");
    return { status: 200, body: { kubeconfigs: [{ name: "clusterUser", value }] } };
  };

  const swallowed = new Set<ServerResponse>();
  // With what no client tries again: what it gave up long ago must not outlive the test.
  const giveBack = (): void => {
    for (const response of swallowed) send(response, armError(403, "AuthorizationFailed"));
    swallowed.clear();
  };
  const answering =
    (answer: (request: IncomingMessage, url: URL) => Answer) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      if (stand.behaviour.silent === true) {
        swallowed.add(response);
        return;
      }
      send(response, answer(request, new URL(request.url ?? "/", "http://azure")));
    };
  const { ca, certificate, key } = await serverCertificate(folder);
  const tokens = createServer(answering(giveToken));
  const manager = createHttpsServer({ cert: certificate, key }, answering(manage));
  for (const server of [tokens, manager])
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  const origin = (): string => `https://127.0.0.1:${portOf(manager)}`;

  const before = { ...process.env };
  process.env["IDENTITY_ENDPOINT"] = `http://127.0.0.1:${portOf(tokens)}/msi/token`;
  process.env["IDENTITY_HEADER"] = header;
  process.env["AZURE_TOKEN_CREDENTIALS"] = "prod";
  const trusted = getCACertificates("default");
  setDefaultCACertificates([...trusted, ca]);

  return Object.assign(stand, {
    url: origin(),
    ca,
    reset: () => {
      giveBack();
      Object.assign(stand, fresh());
    },
    accepts,
    revoke: (of: string) => {
      for (const one of stand.issued) if (one.resource === of) revoked.add(one.token);
    },
    stop: async () => {
      giveBack();
      for (const name of ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "AZURE_TOKEN_CREDENTIALS"]) {
        if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = before[name];
      }
      setDefaultCACertificates(trusted);
      for (const server of [tokens, manager]) {
        server.closeAllConnections();
        await new Promise((resolve) => void server.close(resolve));
      }
    },
  });
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** As AKS writes it: the user is a program that gets tokens, which must never be run here. */
export function entraKubeconfig({ server, ca }: { server: string; ca: string }): string {
  return kubeconfig(server, ca, {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1beta1",
      command: "kubelogin",
      args: ["get-token", "--login", "devicecode", "--server-id", SERVER_APPLICATION],
      provideClusterInfo: false,
    },
  });
}

/** Of a cluster without Entra: a static credential. */
export function staticKubeconfig(of: { server: string; ca: string; token: string }): string {
  return kubeconfig(of.server, of.ca, { token: of.token });
}

function kubeconfig(server: string, ca: string, user: object): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "aks",
        cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") },
      },
    ],
    users: [{ name: "clusterUser_rg_aks", user }],
    contexts: [{ name: "aks", context: { cluster: "aks", user: "clusterUser_rg_aks" } }],
    "current-context": "aks",
  });
}
