import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { unzipSync } from "fflate";
import { z } from "zod";
import { Created, Operation } from "../../local/demo/shapes.ts";
import {
  poll,
  startEnvironment,
  temporaryFolder,
  type TestEnvironment,
} from "../support/environment.ts";

const ROOT = join(import.meta.dirname, "..", "..");
/** Much more than it has, much less than a package that was bundled as a whole would have. */
const LARGEST_ZIP = 4_000_000;

let folder: string;
let zip: Record<string, Uint8Array>;
let printed: string;

async function run(script: string, args: readonly string[], input = ""): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin?.end(input);
  const [out, error, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, "close"),
  ]);
  if (code !== 0) throw new Error(`${script} ended with ${String(code)}: ${error}`);
  return out;
}

const make = (out: string): Promise<string> => run("infra/package/main.ts", ["--out", out]);

beforeAll(async () => {
  folder = await temporaryFolder();
  printed = await make(join(folder, "one"));
  zip = unzipSync(await readFile(join(folder, "one", "toygres.zip")));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the package", () => {
  it("has what production needs and nothing else", () => {
    const names = Object.keys(zip);
    const chunks = names.filter((name) => /^dist\/[\w.-]+\.js(\.map)?$/.test(name));
    expect(chunks).toContain("dist/main.js");
    expect(
      names.filter((name) => !chunks.includes(name) && !/^templates\/[\w-]+\.yaml$/.test(name)),
    ).toEqual(["LICENSE", "THIRD-PARTY-NOTICES", "host.json", "package.json"]);
    expect(names.filter((name) => name.startsWith("templates/"))).toHaveLength(10);
  });

  it("has no dependency left to install, and the host.json of the checkout", async () => {
    const own = JSON.parse(Buffer.from(zip["package.json"] ?? []).toString()) as object;
    expect(own).toMatchObject({ name: "toygres", type: "module", main: "dist/main.js" });
    expect(Object.keys(own)).not.toContain("dependencies");
    expect(Buffer.from(zip["host.json"] ?? []).toString()).toBe(
      await readFile(join(ROOT, "host.json"), "utf8"),
    );
  });

  it("names nothing of the machine that made it", () => {
    for (const content of Object.values(zip)) {
      expect(Buffer.from(content).includes(ROOT)).toBe(false);
    }
  });

  it("is small, and told file by file", async () => {
    const { byteLength } = await readFile(join(folder, "one", "toygres.zip"));
    expect(byteLength).toBeLessThan(LARGEST_ZIP);
    expect(printed).toMatch(/^file +size +in the zip +made of$/m);
    expect(printed).toMatch(/^dist\/main\.js +[\d.]+ MB +[\d.]+ kB +at the start: /m);
    expect(printed).toMatch(
      /^dist\/client-library-\w+\.js .* when needed: .*@kubernetes\/client-node/m,
    );
    expect(printed).toMatch(new RegExp(`^${Object.keys(zip).length} files +[\\d.]+ MB`, "m"));
  });

  it("is the same, byte for byte, when it is made again, and replaces the one before", async () => {
    const again = join(folder, "two");
    await mkdir(join(again, "package", "dist"), { recursive: true });
    await writeFile(join(again, "package", "dist", "main.js"), "of an earlier package");
    await writeFile(join(again, "package", "dist", "old-chunk.js"), "of an earlier package");
    await make(again);
    const [one, two] = await Promise.all(
      ["one", "two"].map((name) => readFile(join(folder, name, "toygres.zip"))),
    );
    expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true);
    await expect(readFile(join(again, "package", "dist", "old-chunk.js"))).rejects.toThrow(
      "ENOENT",
    );
  });

  it("replaces no folder of somebody else's", async () => {
    const out = join(folder, "foreign");
    await mkdir(join(out, "package"), { recursive: true });
    await writeFile(join(out, "package", "thesis.txt"), "mine");
    await expect(make(out)).rejects.toThrow(
      /holds something else than a package, so it was not replaced: give another folder with --out/,
    );
    expect(await readFile(join(out, "package", "thesis.txt"), "utf8")).toBe("mine");
  });
});

describe("a checkout that cannot be deployed", () => {
  it("gets no package, and all reasons at once", async () => {
    const root = join(folder, "checkout");
    const out = join(folder, "refused");
    const files = {
      "package.json": '{"name":"toygres","version":"1.0.0","license":"MIT"}',
      "package-lock.json": '{"packages":{"node_modules/mocking":{"version":"1.0.0","dev":true}}}',
      "host.json": "{}",
      LICENSE: "MIT",
      "templates/claim.yaml": "",
      "src/main.ts": 'import "../local/up.ts";\nimport "mocking";\nawait import("./late.ts");\n',
      "src/late.ts": 'import "node:fs";\n',
      "local/up.ts": "console.log(1);\n",
      "node_modules/mocking/package.json": '{"name":"mocking","version":"1.0.0"}',
      "node_modules/mocking/index.js": "console.log(2);\n",
    };
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), content);
    }

    await expect(run("infra/package/main.ts", ["--root", root, "--out", out])).rejects.toThrow(
      [
        "infra/package/main.ts ended with 1: no package was written, since it could not be deployed:",
        '  "local/up.ts" does not belong into a deployed app; "src/main.ts" imports it',
        '  "node_modules/mocking" is a development dependency: move it to "dependencies", or do without it; "src/main.ts" imports it',
        '  mocking 1.0.0 is under "no licence named", which nobody has read yet: if it allows this, add it to infra/package/notices.ts',
      ].join("\n"),
    );
    await expect(readdir(out)).rejects.toThrow("ENOENT");
  });
});

describe("the package on the functions host, with keys", () => {
  let app: string;
  let env: TestEnvironment;
  let key: string;

  beforeAll(async () => {
    app = join(folder, "unzipped");
    for (const [name, content] of Object.entries(zip)) {
      await mkdir(dirname(join(app, name)), { recursive: true });
      await writeFile(join(app, name), content);
    }
    env = await startEnvironment({ args: ["--app", app, "--enable-auth"] });
    const keys = z.object({ host: z.string() });
    key = keys.parse(JSON.parse(await readFile(join(env.data, "host", "keys.json"), "utf8"))).host;
  }, 120_000);

  afterAll(() => env.stop());

  const withKey = (method: string, path: string, body?: unknown) =>
    env.call(method, path, body, { "x-functions-key": key });

  const ended = async (id: string): Promise<Operation> =>
    poll(`operation ${id} ends`, async () => {
      const operation = Operation.parse((await withKey("GET", `/operations/${id}`)).body);
      return ["notStarted", "running"].includes(operation.status) ? undefined : operation;
    });

  it("answers health to anybody, and nothing else without a key", async () => {
    expect((await env.call("GET", "/health")).status).toBe(200);
    expect((await env.call("GET", "/health/live")).status).toBe(200);
    for (const [method, path] of [
      ["GET", "/instances"],
      ["POST", "/instances"],
      ["GET", "/registry"],
    ] as const) {
      const { status, body } = await env.call(method, path, method === "POST" ? {} : undefined);
      expect([status, body]).toEqual([401, ""]);
    }
  });

  it("creates an instance, and deletes it with a receipt that nothing is left", async () => {
    const created = await withKey("POST", "/instances", { name: "packed" });
    expect(created.status).toBe(202);
    const { operation } = Created.parse(created.body);
    expect(await ended(operation.id)).toMatchObject({ status: "succeeded" });
    // The health loop takes its first turn when it comes to it.
    const instance = await poll("the instance to be healthy", async () => {
      const { body } = await withKey("GET", "/instances/packed");
      return (body as { healthStatus?: unknown }).healthStatus === "healthy" && body;
    });
    expect(instance).toMatchObject({ state: "running" });

    const removal = await withKey("DELETE", "/instances/packed");
    const { id } = Operation.parse(removal.body);
    expect(await ended(id)).toMatchObject({ status: "succeeded" });
    expect((await withKey("GET", "/instances/packed")).status).toBe(404);
  }, 120_000);

  it("says where it is defined in words that npm run stack turns into a place in the sources", async () => {
    const main = Buffer.from(zip["dist/main.js"] ?? [])
      .toString()
      .split("\n");
    const at = main.findIndex((line) => line.startsWith("function hostOnAzure(")) + 2;
    const trace = `Error: x\n    at hostOnAzure (file:///home/site/wwwroot/dist/main.js:${at}:3)\n    at Module._compile (node:internal)`;
    expect(await run("infra/package/stack.ts", ["--package", app], trace)).toMatch(
      /^Error: x\n {4}at hostOnAzure \(src\/azure\.ts:\d+:\d+\)\n {4}at Module\._compile \(node:internal\)$/,
    );
  });
});
