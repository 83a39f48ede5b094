import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setUpNamespace } from "../../src/kubernetes/setup.ts";
import {
  freePort,
  poll,
  runLocal,
  startEnvironment,
  temporaryFolder,
  type TestEnvironment,
} from "../support/environment.ts";
import { ended, query, remove, running, type Running } from "../support/instances.ts";
import { instanceObjects } from "../support/leftovers.ts";
import { postmastersOf } from "../support/pods.ts";

let folder: string;
let kubeconfig: string;
let url: string;
let cluster: ReturnType<typeof runLocal>;
let env: TestEnvironment;
let orders: Running;

/** The cluster that the user's `KUBECONFIG` names: whatever reaches it was not meant for it. */
let bystander: { server: Server; requests: string[]; file: string; text: string };

beforeAll(async () => {
  folder = await temporaryFolder();
  kubeconfig = join(folder, "kubeconfig");
  const port = await freePort();
  url = `https://127.0.0.1:${port}`;
  const token = join(folder, "token");
  await writeFile(token, randomBytes(24).toString("hex"), { mode: 0o600 });
  cluster = runLocal("cluster/main.ts", [
    ...["--data", join(folder, "data"), "--port", String(port), "--tls"],
    ...["--kubeconfig", kubeconfig, "--token-file", token],
  ]);
  await poll("the other cluster", () => cluster.lines.some((line) => /^Cluster ready/.test(line)), {
    unless: () => (cluster.child.exitCode === null ? undefined : cluster.lines.join("\n")),
  });
  await setUpNamespace({ kubeconfig, namespace: "toygres" });
  bystander = await startBystander();
  env = await startEnvironment({
    args: ["--kubeconfig", kubeconfig],
    env: { KUBECONFIG: bystander.file },
  });
  orders = await running(env, { name: "orders" });
}, 120_000);

afterAll(async () => {
  await env.stop();
  bystander.server.close();
  cluster.child.kill("SIGTERM");
  await cluster.ended;
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function startBystander() {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
    response.end("{}");
  });
  server.on("connection", (socket) => requests.push(`from port ${socket.remotePort ?? 0}`));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const file = join(folder, "bystander");
  const text = JSON.stringify({
    ...{ apiVersion: "v1", kind: "Config", "current-context": "mine" },
    clusters: [{ name: "mine", cluster: { server: `http://127.0.0.1:${port}` } }],
    contexts: [{ name: "mine", context: { cluster: "mine", user: "me" } }],
    users: [{ name: "me", user: { token: "none" } }],
  });
  await writeFile(file, text);
  return { server, requests, file, text };
}

describe("npm start -- --kubeconfig FILE", () => {
  it("shows the cluster's server before it does anything", () => {
    expect(env.output[0]).toBe(`cluster: ${url} (${kubeconfig})`);
  });

  it("runs instances on that cluster, and no cluster of its own", async () => {
    expect(await query(orders, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(await instanceObjects(kubeconfig)).toContainEqual(
      `StatefulSet pg-orders-${orders.instance.id.slice(0, 8)}`,
    );
    expect(await postmastersOf(kubeconfig, orders.instance.id)).toHaveLength(1);
    expect(env.output.filter((line) => /^cluster +ready/.test(line))).toEqual([]);
    expect(existsSync(join(env.data, "run", "cluster.json"))).toBe(false);
    expect(existsSync(env.kubeconfig)).toBe(false);
  });

  it("removes an instance from it again", async () => {
    await running(env, { name: "short-lived" });
    expect((await ended(env, (await remove(env, "short-lived")).id)).status).toBe("succeeded");
    const objects = await instanceObjects(kubeconfig);
    expect(objects.filter((object) => object.includes("short-lived"))).toEqual([]);
  });

  it("neither reads nor changes what the user's KUBECONFIG names", async () => {
    expect(bystander.requests).toEqual([]);
    expect(await readFile(bystander.file, "utf8")).toBe(bystander.text);
    const environ = await readFile(`/proc/${await hostPid()}/environ`, "utf8");
    expect(environ.split("\0").filter((entry) => entry.startsWith("KUBECONFIG="))).toEqual([]);
  });

  it.each([
    ["is not there", "nowhere", /cannot be read as a kubeconfig: give the path of one/],
    ["names no cluster", "{}", /cannot be read as a kubeconfig: give the path of one/],
    [
      "has no current context",
      "current-context: none\ncontexts: []\nclusters: []",
      /has no current context with a cluster: choose one in it/,
    ],
  ])("refuses a file that %s, in a sentence", async (_what, content, sentence) => {
    const data = await temporaryFolder();
    const file = join(data, "given");
    if (content !== "nowhere") await writeFile(file, content);
    const up = runLocal("up.ts", [
      ...["--data", join(data, "data"), "--port", String(await freePort())],
      ...["--kubeconfig", file],
    ]);
    expect(await up.ended).toBe(1);
    expect(up.lines).toEqual([expect.stringMatching(sentence)]);
    await rm(data, { recursive: true, force: true });
  });
});

async function hostPid(): Promise<number> {
  const record = await readFile(join(env.data, "run", "functions-host.json"), "utf8");
  return (JSON.parse(record) as { pid: number }).pid;
}
