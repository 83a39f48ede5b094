import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { refugeOf } from "../../local/postgres/server-user.ts";
import { foldersOf, recordOf, SERVICES } from "../../local/up/folders.ts";
import {
  freePort,
  poll,
  runLocal,
  startEnvironment,
  temporaryFolder,
  type TestEnvironment,
} from "../support/environment.ts";
import { query, running, type Running } from "../support/instances.ts";
import { commandLines, postmastersOf } from "../support/pods.ts";

let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs to the end what has to refuse; a stack trace would be more than a line. */
async function refusalOf(script: "up.ts" | "reset.ts", args: readonly string[]): Promise<string> {
  const { child, lines, ended } = runLocal(script, args);
  const late = setTimeout(() => child.kill("SIGKILL"), 30_000);
  expect(await ended).toBe(1);
  clearTimeout(late);
  expect(lines).toHaveLength(1);
  return lines[0] ?? "";
}

describe("npm start refuses in one sentence that says what to do", () => {
  it("a port that is in use, before it starts anything", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const data = join(folder, "port");

    const sentence = await refusalOf("up.ts", ["--data", data, "--port", String(port)]);
    server.close();

    expect(sentence).toBe(
      `port ${port} of 127.0.0.1 is in use: stop what listens there, or give another one with --port`,
    );
    expect(await readdir(join(data, "metadata"))).toEqual([]);
    expect(await readdir(join(data, "run"))).toEqual([]);
  });

  it("a data directory that another version of PostgreSQL made, and leaves it as it is", async () => {
    const data = join(folder, "version");
    const pgdata = join(data, "metadata", "pgdata");
    await mkdir(pgdata, { recursive: true });
    await writeFile(join(pgdata, "PG_VERSION"), "17\n");

    const args = ["--data", data, "--port", String(await freePort())];
    expect(await refusalOf("up.ts", args)).toMatch(
      /pgdata" holds data of PostgreSQL 17, this server is PostgreSQL 18: move it away, or start the version that made it$/,
    );
    expect(await readdir(pgdata)).toEqual(["PG_VERSION"]);
    expect(await mentioning([data])).toEqual([]);
  });

  it.each([
    ["below a file", () => join(folder, "file", "data"), /ENOTDIR/],
    ["in a place that takes no folders", () => "/proc/toygres", /ENOENT|EACCES/],
  ])("a data folder %s", async (_where, path, code) => {
    await writeFile(join(folder, "file"), "");
    const args = ["--data", path(), "--port", String(await freePort())];
    const [, named, reason] =
      /^the data folder "(.*)" cannot be written \((.*)\): make it writable, or give another one with --data$/.exec(
        await refusalOf("up.ts", args),
      ) ?? [];
    expect(named).toBe(path());
    expect(reason).toMatch(code);
  });

  it.each([
    [["--port", "70000"], /^--port "70000" is no port: give a number from 1 to 65535$/],
    [["--port", "http"], /^--port "http" is no port: give a number from 1 to 65535$/],
  ])("%j", async (args, sentence) => {
    expect(await refusalOf("up.ts", args)).toMatch(sentence);
  });
});

describe("npm run reset", () => {
  it("leaves a folder alone that no environment ever ran on", async () => {
    const data = join(folder, "somebodys");
    await mkdir(data);
    await writeFile(join(data, "letter.txt"), "dear");
    expect(await refusalOf("reset.ts", ["--data", data])).toMatch(
      /is no data folder of the local environment, so nothing in it was removed: give the folder/,
    );
    expect(await readdir(data)).toEqual(["letter.txt"]);
  });

  it("says so when there is nothing to remove", async () => {
    const reset = runLocal("reset.ts", ["--data", join(folder, "nothing")]);
    expect(await reset.ended).toBe(0);
    expect(reset.lines).toEqual([expect.stringMatching(/^nothing to remove in /)]);
  });
});

describe("after a run that was killed", () => {
  let data: string;
  let env: TestEnvironment;
  let orders: Running;

  beforeAll(async () => {
    // As root, below a folder that the servers' user cannot enter: their data goes to /var/tmp.
    await mkdir(join(folder, "home"));
    await chmod(join(folder, "home"), 0o700);
    data = join(folder, "home", "data");
    await startAnew();
  }, 120_000);

  afterAll(async () => {
    await env.stop();
  }, 60_000);

  const pidOf = async (name: string): Promise<number> =>
    z.object({ pid: z.int() }).parse(JSON.parse(await readFile(recordOf(data, name), "utf8"))).pid;

  async function kill9(names: readonly string[]): Promise<void> {
    const pids = await Promise.all(names.map(pidOf));
    for (const pid of pids) process.kill(pid, "SIGKILL");
    for (const pid of pids)
      await poll(`process ${pid} to be gone`, () => !existsSync(`/proc/${pid}`));
  }

  async function startAnew(): Promise<void> {
    env = await startEnvironment({ data });
    orders = await running(env, { name: "orders" });
    await query(orders, "create table kept (a int); insert into kept values (1), (2)");
  }

  async function startAgain(): Promise<void> {
    env = await startEnvironment({ data });
  }

  const places = async (): Promise<string[]> => [
    data,
    await refugeOf(foldersOf(data).metadata),
    await refugeOf(foldersOf(data).node),
  ];

  /** One server for the metadata, one for the instance, one process a service: and the data is there. */
  async function expectAllInOrder(): Promise<void> {
    await poll("orders to let its user in", () =>
      query(orders, "select 1").then(
        () => true,
        () => false,
      ),
    );
    expect(await query(orders, "select count(*)::int from kept")).toEqual([{ count: 2 }]);
    expect(await postmastersOf(env.kubeconfig, orders.instance.id)).toHaveLength(1);
    const lines = await mentioning(await places());
    expect(lines.filter((line) => / -c listen_addresses=/.test(line))).toHaveLength(2);
    expect(lines.filter((line) => /\/main\.ts --/.test(line))).toHaveLength(SERVICES.length);
    const { body } = await env.call("GET", "/instances/orders");
    expect(body).toMatchObject({ id: orders.instance.id, state: "running" });
  }

  it("a folder that the servers' user cannot enter has its data elsewhere, and the start says where", async () => {
    const [, metadata = "", node = ""] = await places();
    const notices = env.output.filter((line) => line.includes("its data is in"));
    const expected = process.getuid?.() === 0 ? [metadata, node] : [];
    expect(notices.map((line) => /its data is in "(.*)"$/.exec(line)?.[1]).sort()).toEqual(
      expected.sort(),
    );
    for (const place of expected) expect(existsSync(place)).toBe(true);
  });

  it("a second environment on the same folder is refused while the first runs, and so is reset", async () => {
    const pid = await pidOf("supervisor");
    const args = ["--data", data, "--port", String(await freePort())];
    expect(await refusalOf("up.ts", args)).toBe(
      `a local environment (pid ${pid}) already runs on "${data}": stop it with Ctrl-C or "kill ${pid}", or give another folder with --data`,
    );
    expect(await refusalOf("reset.ts", ["--data", data])).toBe(
      `the local environment (pid ${pid}) is running: stop it first, with Ctrl-C or "kill ${pid}"`,
    );
    await expectAllInOrder();
  });

  it("the next start stops the services that outlived their supervisor", async () => {
    await kill9(["supervisor"]);
    await startAgain();
    expect(env.output[0]).toMatch(/^stopped what an earlier run left: /);
    await expectAllInOrder();
  });

  it("the next start takes up the servers that outlived their services, with one process each", async () => {
    const before = await postmastersOf(env.kubeconfig, orders.instance.id);
    expect(before).toHaveLength(1);
    await kill9(["supervisor", ...SERVICES]);
    // Nothing but the servers is left now.
    expect((await mentioning(await places())).filter((line) => line.includes("main.ts"))).toEqual(
      [],
    );
    await startAgain();
    await expectAllInOrder();
    expect(await postmastersOf(env.kubeconfig, orders.instance.id)).toEqual(before);
  });

  it("reset ends all that was left, harms nobody whose pid was in a record, and removes every folder", async () => {
    const bystander: ChildProcess = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"]);
    await once(bystander, "spawn");
    const { pid } = bystander;
    try {
      await kill9(["supervisor", ...SERVICES]);
      await writeFile(recordOf(data, "cluster"), JSON.stringify({ pid, startedAt: "other:1" }));
      expect(await mentioning(await places())).not.toEqual([]);

      const reset = runLocal("reset.ts", ["--data", data]);
      expect(await reset.ended).toBe(0);

      expect(reset.lines).toEqual([
        "stopped what an earlier run left: 2 PostgreSQL servers",
        expect.stringMatching(/^removed /),
      ]);
      expect(await mentioning(await places())).toEqual([]);
      for (const place of await places()) expect(existsSync(place)).toBe(false);
      expect(bystander.exitCode).toBeNull();
      expect(bystander.signalCode).toBeNull();
    } finally {
      bystander.kill("SIGKILL");
    }
    await startAnew();
  });
});

/** Command lines in which one of the folders stands. */
async function mentioning(folders: readonly string[]): Promise<string[]> {
  const lines = [...(await commandLines()).values()].map((args) => args.join(" "));
  return lines.filter((line) => folders.some((folder) => line.includes(folder)));
}
