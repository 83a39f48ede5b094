import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { type ProcessIdentity, identify, isRunning, stopProcess } from "../processes/identity.ts";
import { forgetProcess, recordProcess, recordedProcess } from "../processes/record.ts";
import { Refusal } from "../processes/refusal.ts";

export interface ServiceSpec {
  readonly name: string;
  /** The program; absent: this Node. */
  readonly command?: string;
  /** Its arguments; no secret may be among them, since anyone can list processes. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The line on standard output that says that it serves. */
  readonly ready: RegExp;
  readonly readyWithinMs: number;
  /** What it prints for the user, who does not read its log. */
  readonly notice: RegExp;
  /** Where everything it prints goes. */
  readonly logFile: string;
  /** Where its pid and start time stand, for whoever has to clean up after us. */
  readonly recordFile: string;
}

export type Notify = (line: string) => void;

const RESTART_DELAYS_MS = [100, 500, 1_000, 2_000, 5_000];
/** So many deaths within a minute are no accident any more. */
const MAX_DEATHS_PER_MINUTE = 20;
const STOP = [{ signal: "SIGTERM", waitMs: 20_000 }] as const;

/** One process that is started again whenever it dies, until it is stopped. */
export class Service {
  readonly #spec: ServiceSpec;
  readonly #notify: Notify;
  #child: ChildProcess | undefined;
  #identity: ProcessIdentity | undefined;
  #wanted = false;
  /** How the present process ended, if it did. */
  #ended: string | undefined;
  #deaths: number[] = [];
  #restart: NodeJS.Timeout | undefined;
  readonly #failed = Promise.withResolvers<never>();

  constructor(spec: ServiceSpec, notify: Notify) {
    this.#spec = spec;
    this.#notify = notify;
    this.#failed.promise.catch(() => undefined);
  }

  get name(): string {
    return this.#spec.name;
  }

  get pid(): number | undefined {
    return this.#identity?.pid;
  }

  /** Rejects when the service keeps dying. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Starts it and waits until it serves; what an earlier run left of it is stopped first. */
  async start(): Promise<void> {
    await stopLeftover(this.#spec.recordFile);
    try {
      await this.#launch();
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#wanted = true;
    if (this.#ended !== undefined) this.#died(this.#ended);
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#restart);
    if (this.#identity && (await isRunning(this.#identity)))
      await stopProcess(this.#identity, STOP);
    await forgetProcess(this.#spec.recordFile);
  }

  async #launch(): Promise<void> {
    const { name, command = process.execPath, args, env } = this.#spec;
    const { ready, readyWithinMs, notice, logFile, recordFile } = this.#spec;
    // In a group of its own: Ctrl-C reaches the supervisor only, which stops the services in order.
    const child = spawn(command, args, {
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#ended = undefined;
    const served = Promise.withResolvers<undefined>();
    served.promise.catch(() => undefined);
    const log = createWriteStream(logFile, { flags: "a", mode: 0o600 });
    const tail: string[] = [];
    const read = (stream: NodeJS.ReadableStream): void => {
      createInterface({ input: stream }).on("line", (line) => {
        log.write(`${line}\n`);
        tail.push(line);
        if (tail.length > 5) tail.shift();
        if (ready.test(line)) served.resolve(undefined);
        if (notice.test(line)) this.#notify(line);
      });
    };
    read(child.stdout);
    read(child.stderr);
    child.once("error", (error) => served.reject(error));
    child.once("close", (code, signal) => {
      log.end();
      const how = signal ?? `exit code ${code ?? "unknown"}`;
      const last = tail.at(-1);
      served.reject(
        new Refusal(`${name} ended before it served (${how})${last ? `: ${last}` : ""}`),
      );
      if (this.#child !== child) return;
      this.#ended = how;
      if (this.#wanted) this.#died(how);
    });
    this.#identity =
      child.pid === undefined ? undefined : ((await identify(child.pid)) ?? undefined);
    if (this.#identity) await recordProcess(recordFile, this.#identity);

    const late = setTimeout(() => {
      served.reject(
        new Refusal(`${name} did not serve within ${readyWithinMs / 1_000} s: see ${logFile}`),
      );
      child.kill("SIGKILL");
    }, readyWithinMs);
    try {
      await served.promise;
    } finally {
      clearTimeout(late);
    }
  }

  #died(how: string): void {
    const now = performance.now();
    this.#deaths = [...this.#deaths.filter((at) => now - at < 60_000), now];
    if (this.#deaths.length > MAX_DEATHS_PER_MINUTE) {
      this.#failed.reject(
        new Refusal(
          `${this.name} died ${this.#deaths.length} times within a minute (${how}): see ${this.#spec.logFile}`,
        ),
      );
      return;
    }
    const delay = RESTART_DELAYS_MS[Math.min(this.#deaths.length, RESTART_DELAYS_MS.length) - 1];
    this.#notify(`${this.name} died (${how}); it is started again`);
    this.#restart = setTimeout(() => {
      this.#launch().then(
        () => this.#notify(`${this.name} serves again`),
        // Its death, which is what failed here, has brought the next try about already.
        (error: unknown) =>
          this.#notify(error instanceof Error ? error.message : `${this.name} failed to start`),
      );
    }, delay);
  }
}

/** Ends what an earlier, killed run left behind, by pid and start time. */
export async function stopLeftover(recordFile: string): Promise<boolean> {
  const leftover = await recordedProcess(recordFile);
  if (leftover) await stopProcess(leftover, STOP);
  await forgetProcess(recordFile);
  return leftover !== null;
}
