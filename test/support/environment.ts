import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { Answer } from "../../local/demo/api.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const START_WITHIN_MS = 90_000;

/** Short intervals, so that a test sees in seconds what takes minutes in production. */
const QUICK = {
  HEALTH_INTERVAL_SECONDS: "1",
  HEALTH_RETRY_SECONDS: "0.5",
  HEALTH_WRITE_INTERVAL_SECONDS: "2",
  SWEEP_SCHEDULE: "*/5 * * * * *",
};

export type ServiceName = "functions-host" | "cluster" | "metadata";

/** The whole local environment as a child process, as `npm start` runs it, with a data folder of its own. */
export interface TestEnvironment {
  readonly url: string;
  readonly data: string;
  readonly kubeconfig: string;
  /** What `npm start` printed. */
  readonly output: readonly string[];
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer & { headers: Headers }>;
  /** Ends a service as a power cut would; the supervisor starts it again. */
  kill9(service: ServiceName): Promise<void>;
  databaseUrl(): Promise<string>;
  stop(): Promise<void>;
}

export interface EnvironmentOptions {
  /** The data folder of an earlier run; left out: a new one. */
  readonly data?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

/** Open to all for entering: PostgreSQL runs as another user when we are root. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "toygres-test-"));
  await chmod(folder, 0o755);
  return folder;
}

/** Runs a script of `local/` and collects what it prints. */
export function runLocal(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { child: ChildProcess; lines: string[]; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [join(ROOT, "local", script), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...QUICK, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  const ended = once(child, "close").then(([code]) => (typeof code === "number" ? code : null));
  return { child, lines, ended };
}

export async function startEnvironment(options: EnvironmentOptions = {}): Promise<TestEnvironment> {
  const data = options.data ?? (await temporaryFolder());
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { child, lines, ended } = runLocal(
    "up.ts",
    ["--data", data, "--port", String(port), ...(options.args ?? [])],
    options.env,
  );
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    const reset = runLocal("reset.ts", ["--data", data]);
    const code = await reset.ended;
    if (code !== 0) throw new Error(`reset failed: ${reset.lines.join("\n")}`);
    await rm(data, { recursive: true, force: true });
  };
  try {
    await poll(
      "the environment serves",
      () => lines.some((line) => line.startsWith("Toygres serves")),
      {
        withinMs: START_WITHIN_MS,
        unless: () => (child.exitCode !== null ? `it ended: ${lines.join("\n")}` : undefined),
      },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    data,
    kubeconfig: join(data, "cluster", "kubeconfig"),
    output: lines,
    call: (method, path, body, headers) => call(url, method, path, body, headers),
    kill9: async (service) => {
      const text = await readFile(join(data, "run", `${service}.json`), "utf8");
      process.kill(z.object({ pid: z.int() }).parse(JSON.parse(text)).pid, "SIGKILL");
    },
    databaseUrl: async () => {
      const password = await readFile(join(data, "metadata", "password"), "utf8");
      const ports = z
        .object({ metadata: z.int() })
        .parse(JSON.parse(await readFile(join(data, "run", "ports.json"), "utf8")));
      return `postgresql://toygres:${password}@127.0.0.1:${ports.metadata}/toygres`;
    },
    stop,
  };
}

async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer & { headers: Headers }> {
  const response = await fetch(new URL(path, url), {
    method,
    signal: AbortSignal.timeout(60_000),
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
  };
}

export interface PollOptions {
  readonly withinMs?: number;
  readonly everyMs?: number;
  /** A reason to give up at once. */
  readonly unless?: () => string | undefined;
}

/** Looks until `probe` gives something true, and says what it waited for when it does not. */
export async function poll<T>(
  what: string,
  probe: () => T | Promise<T>,
  { withinMs = 60_000, everyMs = 50, unless }: PollOptions = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const until = performance.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value) return value as NonNullable<Exclude<T, false>>;
    const reason = unless?.();
    if (reason !== undefined) throw new Error(`waited for: ${what}; ${reason}`);
    if (performance.now() > until) throw new Error(`waited ${withinMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
