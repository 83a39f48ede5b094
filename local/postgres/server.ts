import { spawn } from "node:child_process";
import { open, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type ProcessIdentity,
  identify,
  signal,
  startEpochSeconds,
  stopProcess,
  waitForExit,
  isRunning,
} from "../processes/identity.ts";
import { forgetProcess, recordProcess, recordedProcess } from "../processes/record.ts";
import { Refusal } from "../processes/refusal.ts";
import { binaries, type PostgresMajor } from "./binaries.ts";
import { checkMajor, lastLines } from "./data-directory.ts";
import { ping } from "./ping.ts";
import { SERVER_ENVIRONMENT } from "./run.ts";
import { serverUser } from "./server-user.ts";

export interface ServerOptions {
  readonly major: PostgresMajor;
  readonly dataDirectory: string;
  readonly host: string;
  readonly port: number;
  /** Settings given as `-c name=value`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where the server writes its log, and which process it is; both beside the data directory by default. */
  readonly logFile?: string;
  readonly processFile?: string;
  /** False: an interrupt of our terminal reaches the server too. */
  readonly detached?: boolean;
  readonly startTimeoutMs?: number;
}

export interface RunningServer {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  /** True when a server that an earlier run left was taken over. */
  readonly adopted: boolean;
  /** Resolves when the process has gone, however. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const RETRY_MS = 5_000;
const POLL_MS = 10;
const EPOCH_TOLERANCE_S = 3;

const STOP_STEPS = [
  { signal: "SIGINT", waitMs: 20_000 },
  { signal: "SIGQUIT", waitMs: 5_000 },
] as const;

/** Starts a server and returns when it takes connections, or refuses with the reason. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  await checkMajor(options.dataDirectory, options.major);
  const deadline = performance.now() + RETRY_MS;
  for (;;) {
    try {
      return await startOnce(options);
    } catch (error) {
      // The children of a killed postmaster need a moment to notice and go.
      if (!(error instanceof Leftovers) || performance.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

class Leftovers extends Refusal {}

async function startOnce(options: ServerOptions): Promise<RunningServer> {
  const { postgres } = await binaries(options.major);
  const files = filesOf(options);
  const log = await open(files.logFile, "a", 0o600);
  const { size } = await log.stat();
  const child = spawn(postgres, serverArguments(options), {
    cwd: "/",
    env: SERVER_ENVIRONMENT,
    stdio: ["ignore", log.fd, log.fd],
    detached: options.detached ?? true,
    ...(serverUser() ?? {}),
  });
  const exited = new Promise<void>((resolve) => {
    child.on("exit", () => resolve());
    child.on("error", () => resolve());
  });
  await log.close();
  const identity = child.pid === undefined ? null : await identify(child.pid);
  if (identity !== null) await recordProcess(files.processFile, identity);
  if (identity === null || !(await accepts(options, identity))) {
    if (identity !== null) await stopProcess(identity, STOP_STEPS);
    await exited;
    throw whyNot(options, await readFrom(files.logFile, size));
  }
  child.unref();
  return handle(options, identity, exited, false);
}

function serverArguments({ dataDirectory, host, port, settings }: ServerOptions): string[] {
  const all = {
    listen_addresses: host,
    port: String(port),
    unix_socket_directories: "",
    ...settings,
  };
  return [
    "-D",
    dataDirectory,
    ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
}

function filesOf(options: ServerOptions): { logFile: string; processFile: string } {
  const folder = dirname(options.dataDirectory);
  return {
    logFile: options.logFile ?? join(folder, "server.log"),
    processFile: options.processFile ?? join(folder, "server.json"),
  };
}

async function accepts(options: ServerOptions, identity: ProcessIdentity): Promise<boolean> {
  const { host, port } = options;
  const deadline = performance.now() + (options.startTimeoutMs ?? START_TIMEOUT_MS);
  while (performance.now() < deadline && (await isRunning(identity))) {
    // Another server may hold the address: only the one whose lock file names our process counts.
    const ours = (await lockFile(options.dataDirectory))?.pid === identity.pid;
    if (ours && (await ping({ host, port, user: "probe", timeoutMs: 2_000 })) === "accepting")
      return true;
    await sleep(POLL_MS);
  }
  return false;
}

async function readFrom(file: string, start: number): Promise<string> {
  const { size } = await stat(file);
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(Math.min(size - start, 20_000)),
      0,
      null,
      start,
    );
    return buffer.subarray(0, bytesRead).toString("utf8");
  } finally {
    await handle.close();
  }
}

function whyNot({ host, port, dataDirectory, major }: ServerOptions, log: string): Error {
  if (/pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(log)) {
    return new Leftovers(
      `another server still works in "${dataDirectory}": stop it and start again`,
    );
  }
  if (log.includes("Address already in use")) {
    return new Refusal(
      `port ${port} of ${host} is in use by another program: stop it, or choose another port`,
    );
  }
  if (
    log.includes("Cannot assign requested address") ||
    log.includes("Can't assign requested address")
  ) {
    return new Refusal(
      `this system has no address ${host}: on macOS run "sudo ifconfig lo0 alias ${host}"`,
    );
  }
  return new Refusal(`PostgreSQL ${major} did not start in "${dataDirectory}": ${lastLines(log)}`);
}

function handle(
  options: ServerOptions,
  identity: ProcessIdentity,
  exited: Promise<void>,
  adopted: boolean,
): RunningServer {
  const { processFile } = filesOf(options);
  const { host, port } = options;
  return {
    pid: identity.pid,
    host,
    port,
    adopted,
    exited,
    async stop() {
      await stopProcess(identity, STOP_STEPS);
      await exited;
      await forgetProcess(processFile);
    },
    async kill() {
      await signal(identity, "SIGKILL");
      await exited;
    },
  };
}

/** The first lines of `postmaster.pid`: who serves this data directory, since when and where. */
async function lockFile(
  dataDirectory: string,
): Promise<{ pid: number; epochSeconds: number; port: number; host: string } | null> {
  try {
    const lines = (await readFile(join(dataDirectory, "postmaster.pid"), "utf8")).split("\n");
    return {
      pid: Number(lines[0]),
      epochSeconds: Number(lines[2]),
      port: Number(lines[3]),
      host: lines[5]?.trim() ?? "",
    };
  } catch {
    return null;
  }
}

/** The server that runs in this data directory, known by pid and start time, never by name; null when none does. */
export async function findServer(
  dataDirectory: string,
  processFile = join(dirname(dataDirectory), "server.json"),
): Promise<ProcessIdentity | null> {
  const recorded = await recordedProcess(processFile);
  if (recorded !== null) return recorded;
  const lock = await lockFile(dataDirectory);
  if (lock === null || !Number.isInteger(lock.pid) || lock.pid <= 0) return null;
  const began = await startEpochSeconds(lock.pid);
  if (began === null || Math.abs(began - lock.epochSeconds) > EPOCH_TOLERANCE_S) return null;
  return identify(lock.pid);
}

/** Takes over the server that an earlier run left on this data directory, if it serves where it should; else stops it. */
export async function adoptServer(options: ServerOptions): Promise<RunningServer | null> {
  const { processFile } = filesOf(options);
  const identity = await findServer(options.dataDirectory, processFile);
  if (identity === null) return null;
  const lock = await lockFile(options.dataDirectory);
  const fits =
    lock?.pid === identity.pid && lock.port === options.port && lock.host === options.host;
  if (!fits || !(await accepts({ ...options, startTimeoutMs: 5_000 }, identity))) {
    await stopProcess(identity, STOP_STEPS);
    await forgetProcess(processFile);
    return null;
  }
  await recordProcess(processFile, identity);
  const exited = waitForExit(identity, Number.POSITIVE_INFINITY).then(() => undefined);
  return handle(options, identity, exited, true);
}
