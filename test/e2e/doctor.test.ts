import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { freePort, startEnvironment, type TestEnvironment } from "../support/environment.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "src", "run-doctor.ts");

let env: TestEnvironment;
beforeAll(async () => {
  env = await startEnvironment();
}, 120_000);
afterAll(() => env.stop(), 60_000);

async function settings(): Promise<Record<string, string>> {
  return {
    DATABASE_URL: await env.databaseUrl(),
    TOYGRES_KUBECONFIG: env.kubeconfig,
    TOYGRES_URL: env.url,
    DEFAULT_ALLOWED_CIDRS: "127.0.0.0/8",
    CONTROL_PLANE_CIDRS: "127.0.0.0/8",
  };
}

/** The program as `npm run doctor` starts it, with nothing but these settings. */
async function run(args: readonly string[], given: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...given },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, text, lines: text.trimEnd().split("\n") };
}

const marks = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    lines
      .map((line) => /^([✓!✗-]) (\S+)/.exec(line))
      .filter((found) => found !== null)
      .map(([, mark = "", name = ""]) => [name, mark]),
  );

async function pods(): Promise<readonly string[]> {
  const config = new KubeConfig();
  config.loadFromFile(env.kubeconfig);
  const { items } = await KubernetesObjectApi.makeApiClient(config).list("v1", "Pod", "toygres");
  return items.map(({ metadata }) => metadata?.name ?? "");
}

it("finds the local environment as it should be, but for what a laptop has not", async () => {
  const { code, lines, text } = await run(["--pull"], await settings());

  expect(marks(lines)).toEqual({
    configuration: "✓",
    "sign-in": "-",
    aks: "-",
    cluster: "✓",
    rights: "✓",
    namespaces: "✓",
    storage: "!",
    "network-policy": "!",
    image: "✓",
    metadata: "✓",
    migrations: "✓",
    egress: "✓",
    backend: "-",
    app: "✓",
  });
  expect(lines.at(-1)).toBe("9 ok, 2 warnings, 0 failed, 3 skipped");
  expect(code).toBe(0);
  expect(await pods()).toEqual([]);
  await shown(text);
}, 60_000);

it("says of a broken one what is wrong and what to do, all of it at once", async () => {
  const good = await settings();
  const { code, lines, text } = await run([], {
    ...good,
    DATABASE_URL:
      good["DATABASE_URL"]?.replace(/:\d+\/toygres$/, `:${await freePort()}/toygres`) ?? "",
    TOYGRES_NAMESPACES: "toygres,tenants",
    STORAGE_CLASS: "premium",
    TOYGRES_URL: `http://127.0.0.1:${await freePort()}`,
  });

  expect(code).toBe(1);
  expect(marks(lines)).toMatchObject({
    namespaces: "✗",
    storage: "✗",
    metadata: "✗",
    migrations: "-",
    app: "✗",
  });
  for (const line of lines.filter((one) => one.startsWith("✗")))
    expect(lines[lines.indexOf(line) + 1]).toMatch(/^ +→ \S/);
  expect(text).toContain('namespace "tenants" does not exist');
  expect(text).toContain("npm run setup:cluster");
  await shown(text);
});

it("refuses to run on a configuration that is wrong, in the configuration's own words", async () => {
  const { code, text } = await run([], {
    TOYGRES_KUBECONFIG: env.kubeconfig,
    MAX_INSTANCES: "many",
  });

  expect(code).toBe(1);
  expect(text).toMatch(/^The configuration is not complete:\n {2}MAX_INSTANCES must be/);
});

it("prints its results as JSON when it is asked to", async () => {
  const { code, text } = await run(["--json"], await settings());

  expect(code).toBe(0);
  expect(JSON.parse(text)).toContainEqual({
    name: "migrations",
    about: "the metadata's tables are those of this version, and may be used",
    status: "ok",
    found: expect.stringMatching(/^all \d+ applied/),
    ms: expect.any(Number),
  });
});

/** That no secret of the environment was. */
async function shown(text: string): Promise<void> {
  const { password } = new URL(await env.databaseUrl());
  expect(password.length).toBeGreaterThan(10);
  expect(text).not.toContain(password);
  const token = /token: (\S+)/.exec(await readFile(env.kubeconfig, "utf8"))?.[1] ?? "";
  expect(token.length).toBeGreaterThan(10);
  expect(text).not.toContain(token);
}
