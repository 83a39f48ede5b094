import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const MAIN = resolve("local/functions-host/main.ts");
export const HELLO = resolve("test/support/apps/hello");
const READY = /^Functions host ready on (http:\S+)$/;
const READY_WITHIN_MS = 20_000;

export interface HostProcess {
  readonly url: string;
  /** All that it printed so far, line by line. */
  readonly lines: readonly string[];
  readonly pid: number;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<number | string>;
}

export interface LaunchOptions {
  readonly app?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Any free one when absent. */
  readonly port?: number;
}

/** Starts the functions host as a process of its own and waits until it serves. */
export async function launchHost(options: LaunchOptions = {}): Promise<HostProcess> {
  const { port = 0, args = [] } = options;
  const { child, lines, ended } = spawnHost({
    ...options,
    args: ["--port", String(port), ...args],
  });
  const url = await readyUrl(child, lines, ended);
  return {
    url,
    lines,
    pid: child.pid ?? 0,
    ended,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** Starts it where it is expected to refuse; tells how it ended and what it said. */
export async function refusedHost(options: LaunchOptions) {
  const { lines, ended } = spawnHost(options);
  const code = await ended;
  return { code, said: lines.join("\n") };
}

export function spawnHost({ app = HELLO, args = [], env = {} }: LaunchOptions) {
  const child = spawn(process.execPath, [MAIN, "--app", app, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  const ended = new Promise<number | string>((done) => {
    child.once("close", (code, signal) => {
      done(code ?? signal ?? "?");
    });
  });
  return { child, lines, ended };
}

async function readyUrl(
  child: ChildProcess,
  lines: readonly string[],
  ended: Promise<number | string>,
): Promise<string> {
  let over = false;
  void ended.then(() => (over = true));
  try {
    return await eventually("the host is ready", READY_WITHIN_MS, async () => {
      if (over) throw new Fatal(`the host ended before it was ready:\n${lines.join("\n")}`);
      return lines.map((line) => READY.exec(line)?.[1]).find((url) => url !== undefined);
    });
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

class Fatal extends Error {}

/** Looks again and again until there is something; fails with a sentence when the bound has passed. */
export async function eventually<T>(
  what: string,
  withinMs: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const until = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      if (error instanceof Fatal) throw error;
      last = error;
    }
    if (Date.now() > until) {
      throw new Error(`waited ${withinMs} ms in vain until ${what}`, { cause: last });
    }
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** The status of an instance over the webhook, once it has ended. */
export async function endOf(url: string, instanceId: string, withinMs = 20_000) {
  return eventually(`instance "${instanceId}" has ended`, withinMs, async () => {
    const address = `${url}/runtime/webhooks/durabletask/instances/${instanceId}`;
    const response = await fetch(`${address}?showHistory=true`);
    if (response.status !== 200) return undefined;
    return (await response.json()) as { runtimeStatus: string; output: unknown };
  });
}

/** An app of the given files in a folder of its own, with the project's packages at hand. */
export function throwawayApp(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "toygres-app-"));
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  const all = {
    "package.json": JSON.stringify({ type: "module", main: "app.js" }),
    "host.json": JSON.stringify({ version: "2.0" }),
    ...files,
  };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
  return {
    folder,
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}
