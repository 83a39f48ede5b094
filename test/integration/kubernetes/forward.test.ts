import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { buffer, text } from "node:stream/consumers";
import { createCluster } from "../../../src/kubernetes/cluster.ts";
import { objectNames } from "../../../src/domain/names.ts";
import { setUpNamespace } from "../../../src/kubernetes/setup.ts";
import { deploy } from "../../support/deployed.ts";
import { startLocalCluster, type LocalCluster } from "../../support/local-cluster.ts";

const PORT = 5432;

/** At the pod's address: sends back what it gets, and `end` ends the connection. */
let echo: Server;
let local: LocalCluster;
let pod: { namespace: string; name: string };
const sockets = new Set<Socket>();

beforeAll(async () => {
  local = await startLocalCluster();
  await setUpNamespace({ kubeconfig: local.kubeconfig, namespace: "toygres" });
  const plan = await deploy(local.cluster);
  pod = { namespace: plan.namespace, name: objectNames(plan).pod };
  echo = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      if (bytes.toString("utf8") === "end") socket.end();
      else socket.write(bytes);
    });
  });
  echo.listen(PORT, podAddress());
  await once(echo, "listening");
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  echo.close();
  await local.stop();
});

function podAddress(): string {
  const address = local.server.store.get({ kind: "Pod", ...pod })?.status?.["podIP"];
  if (typeof address !== "string") throw new Error("the pod has no address");
  return address;
}

describe("an upgrade that this cluster does not know", () => {
  it.each([
    ["exec", "websocket", "v4.channel.k8s.io", "runs no commands in containers"],
    ["portforward", "SPDY/3.1", "", "forwards ports by WebSocket (v4.channel.k8s.io) only"],
    ["portforward", "websocket", "SPDY/3.1+portforward.k8s.io", "forwards ports by WebSocket"],
  ])("%s by %s %s is refused in words that say what to do", async (part, by, protocol, words) => {
    const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/${part}?ports=5432`;
    const asking = request(`${local.server.url}${path}`, {
      ca: local.server.ca,
      headers: {
        authorization: "Bearer a-token-for-tests",
        connection: "Upgrade",
        upgrade: by,
        ...(protocol !== "" && { "sec-websocket-protocol": protocol }),
      },
    });
    asking.end();
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    expect(answer.statusCode).toBe(400);
    expect(await text(answer)).toContain(words);
  });
});

describe("a connection through the API server", () => {
  it("carries a megabyte there and back unchanged", async () => {
    const connection = await local.cluster.forward(pod, PORT);
    const sent = Buffer.alloc(1_000_000, "0123456789abcdef");
    const back = new Promise<Buffer>((resolve) => {
      const chunks: Buffer[] = [];
      let length = 0;
      connection.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length === sent.length) resolve(Buffer.concat(chunks));
      });
    });

    connection.write(sent);
    expect((await back).equals(sent)).toBe(true);
    connection.destroy();
  });

  it("ends when the server ends it", async () => {
    const connection = await local.cluster.forward(pod, PORT);

    connection.write("end");
    expect(await buffer(connection)).toHaveLength(0);
  });

  it("ends the server's side when it is given up", async () => {
    const connection = await local.cluster.forward(pod, PORT);
    connection.write("hello");
    await once(connection, "data");
    const theirs = [...sockets].at(-1);
    if (theirs === undefined) throw new Error("no connection came");
    const closed = once(theirs, "close");

    connection.destroy();
    await closed;
  });

  it("says that nothing listens at the port", async () => {
    const connection = await local.cluster.forward(pod, 5433);

    const [error] = (await once(connection, "error")) as [Error];
    expect(error.message).toMatch(/^error forwarding port 5433 to pod: connect ECONNREFUSED/);
  });

  it("says of a pod that is not there that it may be back", async () => {
    await expect(
      local.cluster.forward({ ...pod, name: "pg-nobody-0" }, PORT),
    ).rejects.toMatchObject({
      code: "instance-unreachable",
      retryable: true,
      message: 'cannot connect to port 5432 of Pod "pg-nobody-0": the pod is not running',
    });
  });

  it("is refused with what to do when the credentials do not count", async () => {
    const kubeconfig = `${local.kubeconfig}-stranger`;
    const ca = Buffer.from(local.server.ca ?? "").toString("base64");
    await writeFile(
      kubeconfig,
      JSON.stringify({
        clusters: [
          { name: "c", cluster: { server: local.server.url, "certificate-authority-data": ca } },
        ],
        users: [{ name: "u", user: { token: "a-strangers-token" } }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      }),
    );

    await expect(createCluster({ kubeconfig }).forward(pod, PORT)).rejects.toMatchObject({
      code: "cluster-refused",
      message: `cannot connect to port 5432 of Pod "${pod.name}": the cluster does not accept our credentials`,
    });
  });

  it("is given up in time when the API server says nothing", async () => {
    const silent = createServer(() => undefined);
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const kubeconfig = `${local.kubeconfig}-silent`;
    await writeFile(
      kubeconfig,
      JSON.stringify({
        clusters: [
          {
            name: "c",
            cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
          },
        ],
        users: [{ name: "u", user: {} }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      }),
    );
    const hasty = createCluster({ kubeconfig, requestTimeoutMs: 200 });

    await expect(hasty.forward(pod, PORT)).rejects.toMatchObject({
      code: "cluster-unavailable",
      message: `cannot connect to port 5432 of Pod "${pod.name}": the cluster does not answer in time`,
    });
    silent.close();
  });
});
