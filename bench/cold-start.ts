import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

/**
 * What a cold start costs, of the app as the checkout has it (dist/ and node_modules) and as it is deployed: `npm run
 * bench:cold-start`. Both are measured in turns, so that whatever else the machine does hits both alike. All is loopback.
 */
const ROOT = resolve(import.meta.dirname, "..");
const LIMIT_MS = 60_000;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "10" },
    package: { type: "string", default: join(ROOT, "build", "package") },
  },
});
const RUNS = Number(values.runs);
const APPS = { unbundled: ROOT, package: resolve(values.package) };
type App = keyof typeof APPS;

/** Milliseconds but for the memory, which is in MB. */
interface Figures {
  readonly importMs: number;
  readonly importMB: number;
  readonly liveMs: number;
  readonly healthMs: number;
  readonly hostMB: number;
}

const LABELS: Readonly<Record<keyof Figures, string>> = {
  importMs: "import of main.js, ms",
  importMB: "memory then (RSS), MB",
  liveMs: "host: from its start to GET /health/live, ms",
  healthMs: "host: first GET /health, which loads pg and the cluster's client, ms",
  hostMB: "memory of the host then (RSS), MB",
};

/** In a process that has loaded nothing else; the host's module is answered by one that accepts everything. */
const IMPORT = `
  const { Module } = require("node:module");
  const { join } = require("node:path");
  const { pathToFileURL } = require("node:url");
  const core = new Proxy({ version: "4" }, {
    get: (known, name) => known[name] ?? (() => ({ name: "@azure/functions", version: "4", dispose() {} })),
  });
  const original = Module.prototype.require;
  Module.prototype.require = function (id) {
    return id === "@azure/functions-core" ? core : original.call(this, id);
  };
  const began = performance.now();
  import(pathToFileURL(join(process.cwd(), "dist", "main.js")).href).then(() => {
    const importMs = performance.now() - began;
    console.log(JSON.stringify({ importMs, importMB: process.memoryUsage().rss / 1e6 }));
  });
`;

async function linesUntil(child: ChildProcess, wanted: RegExp): Promise<string> {
  const lines: string[] = [];
  const late = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  try {
    for await (const line of createInterface({ input: child.stdout! })) {
      lines.push(line);
      if (wanted.test(line)) return line;
    }
  } finally {
    clearTimeout(late);
  }
  throw new Error(
    `the process ended, or ${LIMIT_MS} ms passed, before it said ${String(wanted)}:\n${lines.join("\n")}`,
  );
}

function node(args: readonly string[], cwd: string, env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function importOf(app: string, env: Record<string, string>) {
  const child = node(["-e", IMPORT], app, env);
  const ended = once(child, "close");
  const line = await linesUntil(child, /^\{"importMs"/);
  await ended;
  return JSON.parse(line) as Pick<Figures, "importMs" | "importMB">;
}

async function hostWith(app: string, env: Record<string, string>) {
  const began = performance.now();
  const main = join(ROOT, "local", "functions-host", "main.ts");
  // Not this script's folder but the app's: what the host itself loads is the same for both.
  const child = node([main, "--app", app, "--port", "0", "--store", "memory"], app, env);
  const ended = once(child, "close");
  try {
    const ready = await linesUntil(child, /^Functions host ready on /);
    const url = ready.replace(/^.* /, "");
    child.stdout?.resume();
    await answerOf(`${url}/health/live`);
    const liveMs = performance.now() - began;
    const asked = performance.now();
    await answerOf(`${url}/health`);
    const healthMs = performance.now() - asked;
    return { liveMs, healthMs, hostMB: await rssOf(child.pid ?? 0) };
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}

async function answerOf(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
  await response.text();
}

async function rssOf(pid: number): Promise<number> {
  const child = spawn("ps", ["-o", "rss=", "-p", String(pid)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return Number(await linesUntil(child, /\d/)) / 1_000;
}

/** A port where nothing answers, so that GET /health has its answer at once. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

const median = (sorted: readonly number[]): number => {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
};

function shown(of: readonly Figures[], what: keyof Figures): { median: number; text: string } {
  const sorted = of.map((one) => one[what]).sort((a, b) => a - b);
  const middle = median(sorted);
  const range = [sorted[0], sorted.at(-1)].map((it) => (it ?? Number.NaN).toFixed(0)).join("–");
  return { median: middle, text: `${middle.toFixed(0)} (${range})` };
}

async function measure(folder: string): Promise<Record<App, Figures[]>> {
  const server = `127.0.0.1:${await closedPort()}`;
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, KUBECONFIG(`https://${server}`));
  const env = {
    DATABASE_URL: `postgres://toygres@${server}/toygres`,
    TOYGRES_KUBECONFIG: kubeconfig,
    LOG_LEVEL: "error",
  };
  const figures: Record<App, Figures[]> = { unbundled: [], package: [] };
  // The first round warms the disk's cache and is not counted.
  for (let round = 0; round <= RUNS; round += 1) {
    for (const app of ["unbundled", "package"] as const) {
      const one = { ...(await importOf(APPS[app], env)), ...(await hostWith(APPS[app], env)) };
      if (round > 0) figures[app].push(one);
    }
  }
  return figures;
}

const KUBECONFIG = (server: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "none",
    contexts: [{ name: "none", context: { cluster: "none", user: "none" } }],
    clusters: [{ name: "none", cluster: { server } }],
    users: [{ name: "none", user: { token: "none" } }],
  });

for (const [app, folder] of Object.entries(APPS)) {
  if (existsSync(join(folder, "dist", "main.js"))) continue;
  const command = app === "package" ? "npm run package" : "npm run build";
  console.error(`"${folder}" has no dist/main.js: run "${command}" first`);
  process.exit(1);
}
const folder = await mkdtemp(join(tmpdir(), "toygres-bench-"));
try {
  const { unbundled, package: packed } = await measure(folder);
  console.log(`medians of ${RUNS} runs each, in turns (lowest–highest), Node ${process.version}`);
  for (const [what, label] of Object.entries(LABELS) as [keyof Figures, string][]) {
    const [before, after] = [shown(unbundled, what), shown(packed, what)];
    const ratio = (after.median / before.median).toFixed(2);
    console.log(`${label}: unbundled ${before.text}, package ${after.text}, ratio ${ratio}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
