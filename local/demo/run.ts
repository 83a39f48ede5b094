import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { Refusal } from "../processes/refusal.ts";
import { callApi, expectOk } from "./api.ts";
import { Created, Instance, Operation, Password } from "./shapes.ts";
import { stepView } from "./view.ts";

const NAME = "demo";
const POLL_MS = 100;
const PATIENCE_MS = 120_000;

export interface Shown {
  readonly connectionString: string;
}

/** The main job, over HTTP as any client would do it: create, watch, connect, show. */
export async function runDemo(url: string, folder: string): Promise<Shown> {
  const password = await passwordOfInstance(url);
  const instance = Instance.parse(await expectOk(url, "GET", `/instances/${NAME}`));
  const address = instance.externalIp;
  if (address === undefined) throw new Refusal(`instance "${NAME}" has no address to connect to`);

  const ca = String(await expectOk(url, "GET", `/instances/${NAME}/ca.pem`));
  const caFile = join(folder, "ca.pem");
  await mkdir(folder, { recursive: true });
  await writeFile(caFile, ca);
  await connect({ address, password, ca });

  const connectionString = `postgresql://app:${password}@${address}:5432/app?sslmode=verify-full&sslrootcert=${inUrl(caFile)}`;
  console.log(nextCommands(url, connectionString));
  return { connectionString };
}

/** A folder may have a space, or worse, in its name. */
const inUrl = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

/** Creates the instance, or sets a new password for the one of an earlier run: its first one was never stored. */
async function passwordOfInstance(url: string): Promise<string> {
  const found = await callApi(url, "GET", `/instances/${NAME}`);
  if (found.status === 200) {
    const { state, operationId } = Instance.parse(found.body);
    if (state === "running") {
      console.log(`\ninstance "${NAME}" is there from an earlier run: setting a new password`);
      return Password.parse(await expectOk(url, "POST", `/instances/${NAME}/password`, {}))
        .password;
    }
    console.log(`\ninstance "${NAME}" is ${state}: waiting for its end, then making it anew`);
    if (operationId) await follow(url, operationId);
    const settled = await callApi(url, "GET", `/instances/${NAME}`);
    if (settled.status === 200) {
      const { state: now } = Instance.parse(settled.body);
      if (now === "running") return passwordOfInstance(url);
      const { id } = Operation.parse(await expectOk(url, "DELETE", `/instances/${NAME}`));
      await follow(url, id);
    }
  }
  console.log(`\nPOST ${url}/instances  {"name":"${NAME}"}`);
  const created = Created.parse(await expectOk(url, "POST", "/instances", { name: NAME }));
  console.log(`202  operation ${created.operation.id}\n`);
  const operation = await follow(url, created.operation.id);
  if (operation.status !== "succeeded") {
    const { message = "no reason was given", action = "" } = operation.error ?? {};
    throw new Refusal(`the create ended as ${operation.status}: ${message}. ${action}`.trimEnd());
  }
  return created.password;
}

async function follow(url: string, id: string): Promise<Operation> {
  const view = stepView(process.stdout);
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const operation = Operation.parse(await expectOk(url, "GET", `/operations/${id}`));
    view.show(operation.steps);
    if (!["notStarted", "running"].includes(operation.status)) return operation;
    if (performance.now() > until) {
      throw new Refusal(
        `operation ${id} did not end within ${PATIENCE_MS / 1_000} s: GET ${url}/operations/${id} says why`,
      );
    }
    await sleep(POLL_MS);
  }
}

async function connect(to: { address: string; password: string; ca: string }): Promise<void> {
  const client = new Client({
    host: to.address,
    port: 5432,
    user: "app",
    database: "app",
    password: to.password,
    ssl: { ca: to.ca },
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string; tls: string; super: string }>(
      `select split_part(version(), ' on ', 1) as version,
              (select version || ', ' || cipher from pg_stat_ssl where pid = pg_backend_pid()) as tls,
              current_setting('is_superuser') as super`,
    );
    const [row] = rows;
    if (!row) throw new Refusal("the instance answered without a row");
    console.log(
      `\nconnected  ${row.version}, ${row.tls}, certificate verified; as "app", superuser ${row.super}`,
    );
  } finally {
    await client.end();
  }
}

const nextCommands = (url: string, connectionString: string): string => `
connection string, with its password, which is stored nowhere:

  ${connectionString}

next:

  psql "${connectionString}"
  curl ${url}/instances/${NAME}
  curl ${url}/instances/${NAME}/events
  curl -X DELETE ${url}/instances/${NAME}
`;
