import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCluster } from "../../../src/kubernetes/cluster.ts";
import { createCertificates } from "../../../src/postgres/certificates.ts";

const ref = { instanceId: "1a2b3c4d", namespace: "toygres", instanceName: "api" };
let folder: string;
let server: Server;
let kubeconfig: string;
let connections = 0;
const tokens = new Set<string | undefined>();

beforeAll(async () => {
  const certificates = createCertificates();
  const authority = await certificates.newAuthority(ref);
  const covers = { dnsNames: [], addresses: ["127.0.0.1"] };
  const { certificate: cert, key } = await certificates.issue(authority, covers);
  server = createServer({ cert, key }, (request, response) => {
    tokens.add(request.headers.authorization);
    response.setHeader("content-type", "application/json").end('{"gitVersion":"v1.35.0"}');
  });
  server.on("secureConnection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  folder = await mkdtemp(join(tmpdir(), "toygres-test-connections-"));
  kubeconfig = join(folder, "kubeconfig");
  const cluster = {
    server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    "certificate-authority-data": Buffer.from(authority.caCertificate).toString("base64"),
  };
  await writeFile(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user: { token: "a-token" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

describe("the cluster's client", () => {
  it("shares connections between its requests, and sends its token with each", async () => {
    const cluster = createCluster({ kubeconfig });
    for (let request = 0; request < 20; request += 1) await cluster.ping();
    await cluster.close();

    // A second one when a request comes before the first connection is free again; the stock client opens 20.
    expect(connections).toBeLessThanOrEqual(2);
    expect([...tokens]).toEqual(["Bearer a-token"]);
  });
});
