import { spawn } from "node:child_process";
import { constants } from "node:os";
import { open, readFile, stat } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  identify,
  isRunning,
  signal,
  stopProcess,
  waitForExit,
  type ProcessIdentity,
} from "../../processes/identity.ts";
import { forgetProcess, recordProcess } from "../../processes/record.ts";
import { SERVER_ENVIRONMENT } from "../../postgres/run.ts";
import { serverUser } from "../../postgres/server-user.ts";
import { pgIsReady } from "../images/pg-isready.ts";
import { boundLog } from "./logs.ts";
import { portNumber, type Container, type Probe } from "./pod-spec.ts";
import type { Exit, RunningContainer } from "./runtime.ts";

export interface ProcessPlan {
  readonly program: string;
  readonly args: readonly string[];
  readonly dataDirectory: string;
  readonly address: string;
  readonly port: number;
  readonly container: Container;
  readonly logFile: string;
  readonly processFile: string;
}

const READY_WAIT_MS = 600;
const LEFTOVER_WAIT_MS = 5_000;
const POLL_MS = 10;
/** What a real kubelet keeps of the output of a container that failed. */
const TAIL_BYTES = 2_048;
const TAIL_LINES = 80;
const UNKNOWN_EXIT = 137;

/** Starts the server process and records which it is, so that a later kubelet finds it again. */
export async function spawnContainer(plan: ProcessPlan): Promise<RunningContainer> {
  const deadline = performance.now() + LEFTOVER_WAIT_MS;
  for (;;) {
    const log = await open(plan.logFile, "a", 0o600);
    const { size } = await log.stat();
    const child = spawn(plan.program, plan.args, {
      cwd: "/",
      env: SERVER_ENVIRONMENT,
      stdio: ["ignore", log.fd, log.fd],
      // Neither our end nor an interrupt of our terminal is theirs.
      detached: true,
      ...(serverUser() ?? {}),
    });
    const ended = new Promise<number>((resolve) => {
      child.on("exit", (code, name) =>
        resolve(code ?? 128 + (name === null ? 0 : constants.signals[name])),
      );
      child.on("error", () => resolve(UNKNOWN_EXIT));
    });
    await log.close();
    const identity = child.pid === undefined ? null : await identify(child.pid);
    if (identity !== null) await recordProcess(plan.processFile, identity);
    child.unref();
    await settled(plan, identity);
    const isGone = identity === null || !(await isRunning(identity));
    if (isGone && performance.now() < deadline && (await meetsLeftovers(plan.logFile, size))) {
      await sleep(100);
      continue;
    }
    const exited = ended.then(async (exitCode) => exitOf(plan, exitCode));
    return runningContainer(plan, identity, exited, new Date());
  }
}

/** Takes up a process that an earlier kubelet started. */
export function adoptContainer(
  plan: ProcessPlan,
  identity: ProcessIdentity,
  startedAt: Date,
): RunningContainer {
  const exited = waitForExit(identity, Number.POSITIVE_INFINITY).then(async () =>
    exitOf(plan, UNKNOWN_EXIT),
  );
  return runningContainer(plan, identity, exited, startedAt);
}

/** Waits a moment for the server to be up, so that the first probe need not fail. */
async function settled(
  { dataDirectory }: ProcessPlan,
  identity: ProcessIdentity | null,
): Promise<void> {
  const deadline = performance.now() + READY_WAIT_MS;
  while (identity !== null && performance.now() < deadline && (await isRunning(identity))) {
    const lines = (
      await readFile(join(dataDirectory, "postmaster.pid"), "utf8").catch(() => "")
    ).split("\n");
    if (Number(lines[0]) === identity.pid && lines[7]?.trim() === "ready") return;
    await sleep(POLL_MS);
  }
}

/** The children of a killed server need a moment to notice; their shared memory is in the way until then. */
async function meetsLeftovers(logFile: string, from: number): Promise<boolean> {
  const text = (await readFile(logFile)).subarray(from).toString("utf8");
  return text.includes("pre-existing shared memory block");
}

async function exitOf({ logFile, processFile }: ProcessPlan, exitCode: number): Promise<Exit> {
  await forgetProcess(processFile);
  return { exitCode, message: exitCode === 0 ? "" : await tailOf(logFile) };
}

async function tailOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    const text = (await readFile(file)).subarray(Math.max(0, size - TAIL_BYTES)).toString("utf8");
    return text.trim().split("\n").slice(-TAIL_LINES).join("\n");
  } catch {
    return "";
  }
}

function runningContainer(
  plan: ProcessPlan,
  identity: ProcessIdentity | null,
  exited: Promise<Exit>,
  startedAt: Date,
): RunningContainer {
  return {
    id: `process://${identity?.pid ?? 0}`,
    startedAt,
    exited,
    probe: async (probe) => {
      await boundLog(plan.logFile);
      return runProbe(plan, probe);
    },
    async stop(graceMs) {
      if (identity === null) return;
      // SIGINT is the image's stop signal: a fast shutdown.
      await stopProcess(identity, graceMs > 0 ? [{ signal: "SIGINT", waitMs: graceMs }] : []);
      await signal(identity, "SIGKILL");
      await exited;
    },
  };
}

async function runProbe(
  plan: ProcessPlan,
  probe: Probe,
): Promise<{ ok: boolean; message: string }> {
  const timeoutMs = probe.timeoutSeconds * 1000;
  const { address, container } = plan;
  if (probe.tcpSocket !== undefined) {
    const port = portNumber(container, probe.tcpSocket.port);
    if (port === undefined) return { ok: false, message: `unknown port "${probe.tcpSocket.port}"` };
    const ok = await opens(address, port, timeoutMs);
    return { ok, message: ok ? "" : `dial tcp ${address}:${port}: connect: connection refused` };
  }
  const [program = "", ...args] = probe.exec?.command ?? [];
  if (program !== "pg_isready") {
    return {
      ok: false,
      message: `this local image has no program "${program}": pg_isready and tcpSocket probes work`,
    };
  }
  const { exitCode, output } = await pgIsReady(args, { address, port: plan.port, timeoutMs });
  return { ok: exitCode === 0, message: output };
}

function opens(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (ok: boolean): void => {
      socket.destroy();
      resolve(ok);
    };
    socket.on("connect", () => end(true));
    socket.on("timeout", () => end(false));
    socket.on("error", () => end(false));
  });
}
