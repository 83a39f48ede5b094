import { timestamp } from "../controllers/clock.ts";
import { startUnderFaults, underFaults } from "./faulty-container.ts";
import type { PodHost } from "./pod-host.ts";
import { watchContainer } from "./probes.ts";
import { StartRefusal, type Exit, type RunningContainer } from "./runtime.ts";

/** After this long without a crash the back-off begins anew. */
const FORGIVEN_MS = 600_000;

/** The one container of a pod: started, watched, started again. */
export class PodContainer {
  private readonly worker: PodHost;
  private running: RunningContainer | null = null;
  private failures = 0;
  private isFirst = true;
  private backingOff = false;

  constructor(worker: PodHost) {
    this.worker = worker;
  }

  /** One life of the container. True when there shall be no other. */
  async runOnce(): Promise<boolean> {
    const { worker } = this;
    this.running = await this.begin();
    if (this.running === null) {
      await worker.waitForChange(worker.backOff(Math.max(this.failures, 1)));
      return false;
    }
    const running = this.running;
    const { record, context } = worker;
    record.phase = "Running";
    record.state = { running: { startedAt: timestamp(running.startedAt) } };
    record.containerId = running.id;
    await worker.publish();
    const gone = new AbortController();
    const signal = AbortSignal.any([gone.signal, worker.ending.signal]);
    const watching = this.watch(running, signal);
    const exit = await Promise.race([running.exited, whenAborted(worker.ending.signal)]);
    gone.abort();
    await watching;
    if (exit === null) return false;
    this.running = null;
    await this.ended(running, exit);
    if (this.isFinal(exit)) return true;
    if (context.clock.now().getTime() - running.startedAt.getTime() > FORGIVEN_MS)
      this.failures = 0;
    await this.backOff();
    return false;
  }

  /** Stops what runs, also what only an earlier kubelet knew. */
  async stop(graceMs: number, isHalt: boolean): Promise<void> {
    const { worker } = this;
    const running = this.running ?? (await worker.context.runtime.adopt(worker.toRun));
    if (running === null) return;
    const { name } = worker.spec.containers[0];
    if (!isHalt) await worker.event("Normal", "Killing", `Stopping container ${name}`);
    worker.record.ready = false;
    await worker.publish();
    await running.stop(graceMs);
    this.running = null;
    if (isHalt) await this.ended(running, await running.exited);
  }

  private async begin(): Promise<RunningContainer | null> {
    const { worker } = this;
    const { context, record } = worker;
    const wasFirst = this.isFirst;
    this.isFirst = false;
    if (wasFirst) {
      const adopted = await context.runtime.adopt(worker.toRun);
      if (adopted !== null) return underFaults(context, worker.toRun, adopted);
      this.closeFormer();
    }
    const { name, image } = worker.spec.containers[0];
    try {
      const running = await startUnderFaults(context, worker.toRun);
      await worker.event(
        "Normal",
        "Pulled",
        `Container image "${image}" already present on machine`,
      );
      await worker.event("Normal", "Created", `Created container: ${name}`);
      await worker.event("Normal", "Started", `Started container ${name}`);
      this.backingOff = false;
      return running;
    } catch (error) {
      const refusal =
        error instanceof StartRefusal
          ? error
          : new StartRefusal("RunContainerError", String(error));
      this.failures += 1;
      record.ready = false;
      await worker.event("Warning", "Failed", `Error: ${refusal.message}`);
      await worker.waiting(refusal.reason, refusal.message);
      return null;
    }
  }

  /** The container of an earlier kubelet is no more. */
  private closeFormer(): void {
    const { record, context } = this.worker;
    const { state } = record;
    if ("waiting" in state) return;
    const now = timestamp(context.clock.now());
    record.last =
      "terminated" in state
        ? state.terminated
        : { exitCode: 255, reason: "Unknown", startedAt: state.running.startedAt, finishedAt: now };
    record.restarts += 1;
    record.state = { waiting: { reason: "ContainerCreating" } };
  }

  private async watch(running: RunningContainer, signal: AbortSignal): Promise<void> {
    const { worker } = this;
    const { record, context, spec } = worker;
    const container = spec.containers[0];
    await watchContainer(container, running, context.clock, signal, {
      onStarted: () => {
        record.started = true;
        worker.inBackground(worker.publish());
      },
      onReady: (ready) => {
        if (record.ready === ready) return;
        record.ready = ready;
        worker.inBackground(worker.publish());
      },
      onFailure: (kind, message) => {
        worker.inBackground(
          worker.event("Warning", "Unhealthy", `${kind} probe failed: ${message}`),
        );
      },
      onFatal: (kind) => {
        worker.inBackground(
          worker.event(
            "Normal",
            "Killing",
            `Container ${container.name} failed ${kind} probe, will be restarted`,
          ),
        );
        worker.inBackground(running.stop(spec.terminationGracePeriodSeconds * 1000));
      },
    });
  }

  private async ended(running: RunningContainer, { exitCode, message }: Exit): Promise<void> {
    const { record, context } = this.worker;
    const terminated = {
      exitCode,
      reason: exitCode === 0 ? "Completed" : "Error",
      ...(message === "" ? {} : { message }),
      startedAt: timestamp(running.startedAt),
      finishedAt: timestamp(context.clock.now()),
      containerID: running.id,
    };
    record.ready = false;
    record.started = false;
    record.last = terminated;
    record.state = { terminated };
    await this.worker.publish();
  }

  private isFinal({ exitCode }: Exit): boolean {
    const { spec, record } = this.worker;
    const isFinal =
      spec.restartPolicy === "Never" || (spec.restartPolicy === "OnFailure" && exitCode === 0);
    if (isFinal) {
      record.phase = exitCode === 0 ? "Succeeded" : "Failed";
      this.worker.inBackground(this.worker.publish());
    }
    return isFinal;
  }

  private async backOff(): Promise<void> {
    const { worker } = this;
    const { record, spec } = worker;
    const delay = worker.backOff(this.failures);
    this.failures += 1;
    if (delay > 0) {
      const { name } = spec.containers[0];
      const { namespace = "", name: pod } = worker.pod.metadata;
      const message = `back-off ${Math.round(delay / 1000)}s restarting failed container=${name} pod=${pod}_${namespace}(${worker.uid})`;
      if (!this.backingOff)
        await worker.event(
          "Warning",
          "BackOff",
          `Back-off restarting failed container ${name} in pod ${pod}_${namespace}(${worker.uid})`,
        );
      this.backingOff = true;
      await worker.waiting("CrashLoopBackOff", message);
      await worker.wait(delay);
    }
    if (!worker.ending.signal.aborted) record.restarts += 1;
  }
}

const whenAborted = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener("abort", () => resolve(null), { once: true });
  });
