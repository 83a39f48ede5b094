import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { z } from "zod";
import { refugeOf } from "../../local/postgres/server-user.ts";
import { foldersOf } from "../../local/up/folders.ts";
import { startEnvironment, type TestEnvironment } from "../support/environment.ts";
import { ended, query, remove, running, type Running } from "../support/instances.ts";
import {
  findIn,
  inCluster,
  inProcesses,
  inTable,
  inTables,
  searchFiles,
  type Finding,
} from "../support/secret-scan.ts";
import { connected, tablesOf } from "../support/tables.ts";

/** Awkward enough to look different in JSON, in a URL and in Base64. */
const chosen = (what: string): string => `${what} "\\/ ${randomBytes(12).toString("hex")} @:#`;

let env: TestEnvironment;
let generated: Running;
const CANARY = chosen("canary");
const secrets: string[] = [];

beforeAll(async () => {
  env = await startEnvironment();
  const passwords = {
    first: chosen("first"),
    second: chosen("second"),
    doomed: chosen("doomed"),
    refused: `${chosen("refused")}\n`,
    broken: chosen("broken"),
    wrong: chosen("wrong"),
  };
  const [picked, made, doomed] = await Promise.all([
    running(env, { name: "picked", password: passwords.first }),
    running(env, { name: "made" }),
    running(env, { name: "doomed", password: passwords.doomed }),
  ]);
  generated = made;
  const { first, second, refused, broken, wrong } = passwords;
  await env.call("POST", "/instances/picked/password", { password: second });
  const again = await env.call("POST", "/instances/made/password", {});
  const { password: renewed } = z.object({ password: z.string() }).parse(again.body);
  // Passwords that nothing takes must not be kept by what refuses them.
  await env.call("POST", "/instances", { name: "refused", password: refused });
  await env.call("POST", "/instances", { name: "refused", pass: broken });
  await fetch(new URL("/instances", env.url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `{"name":"refused","password":${JSON.stringify(broken)}`,
  });
  await query(picked, "select 1", { password: wrong }).catch(() => undefined);
  await query(picked, "select 1", { password: second });
  await query(made, "select 1", { password: renewed });
  await ended(env, (await remove(env, doomed.instance.id)).id);
  secrets.push(...[first, second, passwords.doomed, refused.trim(), broken, wrong]);
  secrets.push(...[made.password, renewed]);
}, 120_000);

afterAll(() => env.stop(), 60_000);

async function inAnswers(): Promise<Finding[]> {
  const paths = [
    ...["/health", "/instances", "/instances?state=deleted", "/operations"],
    ...["picked", "made"].flatMap((name) => [
      `/instances/${name}`,
      `/instances/${name}/events`,
      `/instances/${name}/drift`,
      `/instances/${name}/ca.pem`,
    ]),
  ];
  const webhooks = "/runtime/webhooks/durabletask/instances";
  const all = await env.call("GET", `${webhooks}?showInput=true&top=100`);
  const orchestrations = z.array(z.object({ instanceId: z.string() })).parse(all.body);
  expect(orchestrations.length).toBeGreaterThan(4);
  paths.push(
    ...orchestrations.map(
      ({ instanceId }) =>
        `${webhooks}/${instanceId}?showHistory=true&showHistoryOutput=true&showInput=true`,
    ),
  );
  return Promise.all(
    paths.map(async (path) => {
      const { status, body } = await env.call("GET", path);
      expect([path, status]).toEqual([path, expect.any(Number)]);
      return { where: "answer", content: Buffer.from(JSON.stringify(body)) };
    }),
  );
}

/** The data folder, and where the data of servers lies that run as another user. */
async function folders(): Promise<string[]> {
  const { metadata, node } = foldersOf(env.data);
  const refuges = [await refugeOf(metadata), await refugeOf(node)];
  return [env.data, ...refuges.filter((folder) => existsSync(folder))];
}

const tables = async <T>(work: Parameters<typeof connected<T>>[1]): Promise<T> =>
  connected(await env.databaseUrl(), work);

const printed = (): Finding[] =>
  env.output.map((line) => ({ where: "output", content: Buffer.from(line) }));

describe("no password that a user chose, was given or tried", () => {
  it("stands in a table of the metadata, histories, inputs and custom status among them", async () => {
    expect(findIn(await tables(inTables), secrets)).toEqual([]);
  });

  it("stands in an object of the cluster", async () => {
    expect(findIn(await inCluster(env.kubeconfig), secrets)).toEqual([]);
  });

  it("stands among a process's arguments or in its environment", async () => {
    expect(findIn(await inProcesses(), secrets)).toEqual([]);
  });

  it("stands in a file, logs among them, or was printed", async () => {
    expect(await searchFiles(await folders(), secrets)).toEqual([]);
    expect(findIn(printed(), secrets)).toEqual([]);
  });

  it("comes back in an answer", async () => {
    expect(findIn(await inAnswers(), secrets)).toEqual([]);
  });
});

describe("a canary is found", () => {
  it("in a column of each table that has rows", async () => {
    await tables(async (client) => {
      for (const table of await tablesOf(client)) {
        await client.query("begin");
        await client.query(`alter table ${table} add column canary text`);
        const { rowCount } = await client.query(`update ${table} set canary = $1`, [CANARY]);
        const found = findIn(await inTable(client, table), [CANARY]);
        await client.query("rollback");
        expect([table, ...found]).toEqual(rowCount ? [table, `table ${table}`] : [table]);
      }
    });
  }, 60_000);

  it("in a row of the timeline, by the tables and by the API's answer", async () => {
    await tables((client) =>
      client.query("insert into instance_events (instance_id, type, message) values ($1, $2, $3)", [
        ...[generated.instance.id, "canary", CANARY],
      ]),
    );
    expect(findIn(await tables(inTables), [CANARY])).toEqual(["table public.instance_events"]);
    expect(findIn(await inAnswers(), [CANARY])).toEqual(["answer"]);
  });

  it("in a Secret and in an annotation of the cluster", async () => {
    const config = new KubeConfig();
    config.loadFromFile(env.kubeconfig);
    const api = KubernetesObjectApi.makeApiClient(config);
    const metadata = { name: "canary", namespace: "toygres" };
    const data = { key: Buffer.from(CANARY).toString("base64") };
    await api.create({ apiVersion: "v1", kind: "Secret", metadata, data });
    const annotated = { ...metadata, annotations: { "toygres.io/canary": CANARY } };
    await api.create({ apiVersion: "v1", kind: "ConfigMap", metadata: annotated });

    expect(findIn(await inCluster(env.kubeconfig), [CANARY])).toEqual([
      "cluster ConfigMapList",
      "cluster SecretList",
    ]);
  });

  it.each([
    ["cmdline", [CANARY], {}],
    ["environ", [], { CANARY }],
  ])("in a process's %s", async (part, args, extra) => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)", "--", ...args], {
      env: { ...process.env, ...extra },
      stdio: "ignore",
    });
    try {
      await new Promise((resolve) => child.once("spawn", resolve));
      expect(findIn(await inProcesses(), [CANARY])).toEqual([`process ${part}`]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("in a log and in a file deep in each folder, in each form", async () => {
    const log = join(foldersOf(env.data).logs, "functions-host.log");
    await appendFile(log, `an answer ${JSON.stringify({ password: CANARY })}\n`);
    const forms = {
      plain: CANARY,
      url: `postgresql://app:${encodeURIComponent(CANARY)}@host/app`,
      base64: Buffer.from(CANARY).toString("base64"),
      hex: Buffer.from(CANARY).toString("hex"),
    };
    const planted: string[] = [];
    for (const folder of [...(await folders()), foldersOf(env.data).metadata]) {
      for (const [name, text] of Object.entries(forms)) {
        const file = join(folder, `canary-${name}`);
        await writeFile(file, `something before ${text} something after`);
        planted.push(file);
      }
    }
    const found = await searchFiles(await folders(), [CANARY]);
    expect(found).toEqual(expect.arrayContaining([log, ...planted]));
  });
});
