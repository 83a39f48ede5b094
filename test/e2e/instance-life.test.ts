import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { InstanceEvent, Operation } from "../../src/domain/operation.ts";
import { poll, startEnvironment, type TestEnvironment } from "../support/environment.ts";
import { ended, instance, query, remove, running, type Running } from "../support/instances.ts";
import { instanceObjects, onThisMachine } from "../support/leftovers.ts";
import { postmastersOf } from "../support/pods.ts";

const Events = z.object({ items: z.array(InstanceEvent), nextCursor: z.string().optional() });
const Operations = z.object({ items: z.array(Operation) });
const Instances = z.object({ items: z.array(z.object({ name: z.string() })) });

let env: TestEnvironment;
let orders: Running;
let billing: Running;

beforeAll(async () => {
  env = await startEnvironment();
  [orders, billing] = await Promise.all([
    running(env, { name: "orders" }),
    running(env, { name: "billing", postgresVersion: "17", password: "correct horse battery" }),
  ]);
}, 120_000);

afterAll(() => env.stop(), 60_000);

const psqlIsThere = promisify(execFile)("psql", ["--version"]).then(
  ({ stdout }) => Number(/ (\d+)/.exec(stdout)?.[1]) >= 15,
  () => false,
);

describe("an instance that runs", () => {
  it("lets its user in over TLS, with the certificate checked for the address", async () => {
    const rows = await query<{ version: string; super: string; ssl: boolean }>(
      orders,
      `select version(), current_setting('is_superuser') as super,
              (select ssl from pg_stat_ssl where pid = pg_backend_pid())`,
    );

    expect(rows).toEqual([
      { version: expect.stringContaining("PostgreSQL 18"), super: "off", ssl: true },
    ]);
  });

  it("runs the version that was asked for", async () => {
    expect(await query(billing, "show server_version_num")).toEqual([
      { server_version_num: expect.stringMatching(/^17/) },
    ]);
  });

  it("lets its user make tables, roles and databases, and nothing that reaches the server's files", async () => {
    await query(orders, "create table t (a int)");
    await query(orders, "create role reporting");
    await query(orders, "create database extra");
    await expect(query(orders, "copy t to program 'cat'")).rejects.toThrow(
      /permission denied|must be superuser/,
    );
    await expect(query(orders, "alter role toygres password 'mine'")).rejects.toThrow(
      /permission denied/,
    );
  });

  it.each([
    ["plain TCP", { tls: false }, /no encryption|no pg_hba/],
    ["a wrong password", { password: "not the password" }, /password authentication failed/],
    ["the superuser", { user: "postgres" }, /reject|no pg_hba/],
  ])("refuses %s", async (_what, login, message) => {
    await expect(query(orders, "select 1", login)).rejects.toThrow(message);
  });

  it("refuses another instance's password, and is not believed with another instance's CA", async () => {
    await expect(query(orders, "select 1", { password: billing.password })).rejects.toThrow(
      /password/,
    );
    await expect(query(orders, "select 1", { ca: billing.ca })).rejects.toThrow(
      /certificate|signature/,
    );
  });

  it("works with psql, in a URL and as key-value pairs, and refuses sslmode=disable", async () => {
    if (!(await psqlIsThere)) return;
    const ca = join(env.data, "orders-ca.pem");
    await writeFile(ca, orders.ca);
    const host = orders.instance.externalIp ?? "";
    const psql = async (target: string) => {
      const { stdout } = await promisify(execFile)(
        "psql",
        ["-XAtc", "select current_user", target],
        {
          env: { ...process.env, PGPASSWORD: orders.password, PGCONNECT_TIMEOUT: "10" },
        },
      );
      return stdout.trim();
    };
    const url = `${orders.instance.ipConnectionString ?? ""}&sslrootcert=${ca}`;

    expect(await psql(url)).toBe("app");
    expect(
      await psql(`host=${host} dbname=app user=app sslmode=verify-full sslrootcert=${ca}`),
    ).toBe("app");
    await expect(psql(`host=${host} dbname=app user=app sslmode=disable`)).rejects.toThrow(
      /pg_hba|encryption/,
    );
  });

  it("shows where it is, that it is healthy and what happened to it", async () => {
    const seen = await poll("orders to be healthy", async () => {
      const found = await instance(env, "orders");
      return found.healthStatus === "healthy" ? found : false;
    });
    const events = Events.parse((await env.call("GET", "/instances/orders/events")).body);

    expect(seen).toMatchObject({
      state: "running",
      certificateCoversAddress: true,
      serverVersion: expect.stringContaining("PostgreSQL 18"),
      healthCheckOrchestrationId: `health-${seen.id}`,
    });
    expect(seen.ipConnectionString).toBe(
      `postgresql://app@${seen.externalIp ?? ""}:5432/app?sslmode=verify-full`,
    );
    expect(events.items.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["instance.requested", "instance.running", "health.changed"]),
    );
  });

  it("can be found by its UUID, in lists and through its operations", async () => {
    const { id } = orders.instance;
    expect((await env.call("GET", `/instances/${id}`)).body).toMatchObject({ name: "orders" });
    const list = Instances.parse((await env.call("GET", "/instances?limit=200")).body);
    expect(list.items.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["billing", "orders"]),
    );
    const { items } = Operations.parse((await env.call("GET", `/operations?instance=${id}`)).body);
    expect(items).toMatchObject([{ kind: "create", status: "succeeded", instanceName: "orders" }]);
    expect(items[0]?.steps.map(({ status }) => status)).toEqual(Array(8).fill("succeeded"));
  });

  it("takes a new password, given or made, and forgets the old one", async () => {
    const before = orders.password;
    const made = await env.call("POST", "/instances/orders/password", {});
    expect(made.status).toBe(200);
    expect(made.headers.get("cache-control")).toBe("no-store");
    orders = { ...orders, password: z.object({ password: z.string() }).parse(made.body).password };
    await expect(query(orders, "select 1", { password: before })).rejects.toThrow(/password/);
    expect(await query(orders, "select 1 as one")).toEqual([{ one: 1 }]);

    const given = await env.call("POST", "/instances/orders/password", {
      password: "chosen by a person",
    });
    expect(given.body).toEqual({});
    orders = { ...orders, password: "chosen by a person" };
    expect(await query(orders, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("is gone after DELETE: no object, process, volume, health loop or open port is left, and its name is free", async () => {
    const { id, externalIp } = (await running(env, { name: "leaving" })).instance;
    const before = await onThisMachine(env.data);
    const [server] = await postmastersOf(env.kubeconfig, id);
    const { id: operationId } = await remove(env, "leaving");
    const { status, result } = await ended(env, operationId);
    const short = id.slice(0, 8);

    expect(status).toBe("succeeded");
    expect(JSON.stringify(result)).toContain(`pg-leaving-${short}`);
    expect((await instanceObjects(env.kubeconfig)).filter((name) => name.includes(short))).toEqual(
      [],
    );
    const after = await onThisMachine(env.data);
    expect(before.servers).toContain(server);
    expect(after.servers).toEqual(before.servers.filter((pid) => pid !== server));
    expect([after.volumes.length, after.pods.length]).toEqual([2, 2]);
    await expect(opened(externalIp ?? "")).resolves.toBe(false);
    expect(await instance(env, id)).toMatchObject({ state: "deleted" });
    expect((await env.call("GET", "/instances/leaving")).status).toBe(404);
    expect((await env.call("DELETE", `/instances/${id}`)).status).toBe(404);
    const loop = await env.call("GET", `/runtime/webhooks/durabletask/instances/health-${id}`);
    expect(loop.body).toMatchObject({
      runtimeStatus: expect.stringMatching(/Terminated|Completed/),
    });

    const again = await running(env, { name: "leaving" });
    expect(await query(again, "select 1 as one")).toEqual([{ one: 1 }]);
    await ended(env, (await remove(env, "leaving")).id);
  }, 60_000);
});

function opened(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 5432, timeout: 2_000 });
    const done = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.on("connect", done(true)).on("error", done(false)).on("timeout", done(false));
  });
}
