import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { recordOf } from "../../local/up/folders.ts";
import { callApi } from "../../local/demo/api.ts";
import { Created, Operation } from "../../local/demo/shapes.ts";
import { freePort, poll, runLocal, temporaryFolder } from "../support/environment.ts";
import { FuncStart, nodeIn, standInAzurite, standInFunc, versioned } from "../support/func.ts";
import { commandLines } from "../support/pods.ts";

const ROOT = join(import.meta.dirname, "..", "..");

let folder: string;
let programs: string;
let record: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  programs = join(folder, "programs");
  record = join(folder, "func.json");
  await mkdir(programs);
  await nodeIn(programs);
  await standInFunc(programs, record);
  await standInAzurite(programs);
});

afterAll(async () => {
  const reset = runLocal("reset.ts", ["--data", join(folder, "data")]);
  await reset.ended;
  await rm(folder, { recursive: true, force: true });
});

interface Started extends ReturnType<typeof runLocal> {
  readonly url: string;
  readonly data: string;
}

async function start(env: Record<string, string> = {}): Promise<Started> {
  const port = await freePort();
  const data = join(folder, "data");
  // As npm run has it: the project's programs before those of the user.
  const path = [join(ROOT, "node_modules", ".bin"), programs, process.env["PATH"]].join(delimiter);
  const args = ["--data", data, "--port", String(port), "--app", ROOT];
  const run = runLocal("start-func.ts", args, { PATH: path, ...env });
  return { ...run, url: `http://127.0.0.1:${port}`, data };
}

const serving = async ({ child, lines }: Started): Promise<void> => {
  await poll("the app serves", () => lines.some((line) => line.startsWith("Toygres serves")), {
    withinMs: 120_000,
    unless: () => (child.exitCode === null ? undefined : `it ended: ${lines.join("\n")}`),
  });
};

const startOfFunc = async () => FuncStart.parse(JSON.parse(await readFile(record, "utf8")));

async function ended(url: string, id: string): Promise<string> {
  return poll(`operation ${id} ends`, async () => {
    const { status } = Operation.parse((await callApi(url, "GET", `/operations/${id}`)).body);
    return ["notStarted", "running"].includes(status) ? undefined : status;
  });
}

/** The processes that still work on this folder. */
async function mentioning(data: string): Promise<string[]> {
  const lines = [...(await commandLines()).values()].map((args) => args.join(" "));
  return lines.filter((line) => line.includes(data));
}

async function isTaken(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe("npm run start:func", () => {
  it("serves the app under func with settings of the environment only, and ends all at Ctrl-C", async () => {
    const started = await start();
    try {
      await serving(started);
      const { args, cwd, path, settings } = await startOfFunc();
      expect(args).toEqual([
        "start",
        "--port",
        started.url.replace(/.*:/, ""),
        "--address",
        "127.0.0.1",
      ]);
      expect(cwd).toBe(ROOT);
      expect(path.split(delimiter)).toContain(programs);
      expect(path).not.toContain(join(ROOT, "node_modules"));
      expect(settings).toMatchObject({
        FUNCTIONS_WORKER_RUNTIME: "node",
        AzureWebJobsDisableHomepage: "true",
        TOYGRES_KUBECONFIG: join(started.data, "cluster", "kubeconfig"),
        DATABASE_URL: expect.stringMatching(/^postgres(ql)?:\/\/toygres:.*@127\.0\.0\.1:/),
      });
      const storage = settings["AzureWebJobsStorage"] ?? "";
      expect(storage).toMatch(/TableEndpoint=http:\/\/127\.0\.0\.1:\d+\/toygres$/);
      const ports = [...storage.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
      expect(await Promise.all(ports.map(isTaken))).toEqual([true, true, true]);

      const { url } = started;
      const { operation } = Created.parse(
        (await callApi(url, "POST", "/instances", { name: "under-func" })).body,
      );
      expect(await ended(url, operation.id)).toBe("succeeded");
      const removal = await callApi(url, "DELETE", "/instances/under-func");
      expect(await ended(url, Operation.parse(removal.body).id)).toBe("succeeded");

      started.child.kill("SIGINT");
      expect(await started.ended).toBe(0);
      expect(await Promise.all(ports.map(isTaken))).toEqual([false, false, false]);
      expect(await mentioning(started.data)).toEqual([]);
      expect(existsSync(recordOf(started.data, "func"))).toBe(false);
    } finally {
      started.child.kill("SIGINT");
      await started.ended;
    }
  }, 240_000);

  it("ends what a killed run left of func, before it takes the port again", async () => {
    const first = await start();
    await serving(first);
    const { pid } = await startOfFunc();
    // Its output stays open: func writes on.
    const killed = once(first.child, "exit");
    first.child.kill("SIGKILL");
    await killed;
    expect(() => process.kill(pid, 0)).not.toThrow();

    const second = await start();
    try {
      await serving(second);
      expect(second.lines[0]).toBe(
        "stopped what an earlier run left: func, cluster, metadata, azurite",
      );
      expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    } finally {
      second.child.kill("SIGTERM");
      await second.ended;
    }
  }, 240_000);

  it("says that func ended, and ends the rest, when func gives up", async () => {
    const { lines, ended: end, data } = await start({ FUNC_FAILS: "1" });
    expect(await end).toBe(1);
    expect(lines.at(-1)).toBe("func ended (exit code 3): its last lines above say why");
    expect(await mentioning(data)).toEqual([]);
  }, 120_000);
});

describe("npm run start:func refuses before it starts anything", () => {
  const refusal = async (path: readonly string[], args: readonly string[] = []) => {
    const data = join(folder, "untouched");
    const run = runLocal("start-func.ts", ["--data", data, ...args], {
      PATH: path.join(delimiter),
    });
    expect(await run.ended).toBe(1);
    expect(existsSync(data)).toBe(false);
    return run.lines;
  };

  it("without func and Azurite, with what to install", async () => {
    const empty = join(folder, "empty");
    await mkdir(empty);
    expect(await refusal([empty])).toEqual([
      expect.stringMatching(/^func is not on the PATH: install .*azure-functions-core-tools@4/),
      expect.stringMatching(/^azurite is not on the PATH: install .*npm install --global azurite/),
    ]);
  });

  it("with a func that lets the whole network in", async () => {
    const old = join(folder, "old");
    await versioned(old, "func", "4.13.0");
    expect(await refusal([old, programs])).toEqual([
      expect.stringMatching(/^func 4\.13\.0 .*version 4 from 4\.14\.0 on: install/),
    ]);
  });

  it("with a folder that has no app in it", async () => {
    expect(await refusal([programs], ["--app", folder])).toEqual([
      `"${folder}" has no host.json, so it is no app that func can start: run "npm run package", or give a folder with --app`,
    ]);
  });
});
