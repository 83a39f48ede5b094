import { addressSettled, nextAddress } from "../controllers/addresses.ts";
import { pause, timestamp } from "../controllers/clock.ts";
import { textIn } from "../controllers/objects.ts";
import { refOf, type KubernetesObject } from "../store/object.ts";
import { ApiStatusError } from "../store/status-error.ts";
import type { PodHost, WorkerContext } from "./pod-host.ts";
import { PodContainer } from "./pod-container.ts";
import { NODE, whyUnschedulable } from "./node.ts";
import { PodSpec } from "./pod-spec.ts";
import type { PodToRun } from "./runtime.ts";
import { recordFrom, statusOf, type PodRecord } from "./status.ts";

const LOOK_AGAIN_MS = 500;
/** A cluster that ends must not keep its terminal for minutes. */
const HALT_GRACE_MS = 10_000;
const BACK_OFF_LIMIT = 30;

/** One pod from its first sight to its end. */
export class PodWorker implements PodHost {
  readonly uid: string;
  readonly context: WorkerContext;
  readonly record: PodRecord;
  readonly spec: PodSpec;
  /** Aborted when the pod shall go, or the kubelet stops. */
  readonly ending = new AbortController();
  private readonly first: KubernetesObject;
  private readonly container: PodContainer;
  private halted = false;
  private mounted = false;
  private mountProblem = "";
  private poke = new AbortController();

  constructor(context: WorkerContext, pod: KubernetesObject) {
    this.context = context;
    this.first = pod;
    this.uid = pod.metadata.uid;
    this.spec = PodSpec.parse(pod.spec);
    this.record = recordFrom(pod);
    this.container = new PodContainer(this);
  }

  /** The pod as it is stored now; its last known state when it has gone. */
  get pod(): KubernetesObject {
    const stored = this.context.store.get(refOf(this.first));
    return stored?.metadata.uid === this.uid ? stored : this.first;
  }

  get toRun(): PodToRun {
    return { pod: this.pod, spec: this.spec, address: this.record.address };
  }

  /** The pod was asked to go, or has gone. */
  end(): void {
    this.ending.abort();
  }

  /** The kubelet stops: the container goes, the pod stays. */
  halt(): void {
    this.halted = true;
    this.ending.abort();
  }

  /** Something it may wait for has changed. */
  wake(): void {
    this.poke.abort();
  }

  /** A Secret or ConfigMap has changed. */
  async refreshVolumes(): Promise<void> {
    this.wake();
    if (this.mounted && !this.ending.signal.aborted) await this.context.runtime.mount(this.toRun);
  }

  async run(): Promise<void> {
    const steps = [() => this.schedule(), () => this.mount(), () => this.pull()];
    for (const step of steps) {
      while (!this.ending.signal.aborted && !(await step())) {
        await this.waitForChange(LOOK_AGAIN_MS);
      }
    }
    while (!this.ending.signal.aborted && !(await this.container.runOnce()));
    // A container that ended for good leaves the pod until it is deleted.
    if (!this.ending.signal.aborted) await aborted(this.ending.signal);
    await this.finish();
  }

  /** Waits out a back-off; only the end cuts it short. */
  async wait(ms: number): Promise<void> {
    await pause(this.context.clock, ms, this.ending.signal);
  }

  /** Waits for what may change; a wake that came while we were busy counts. */
  async waitForChange(ms: number): Promise<void> {
    await pause(this.context.clock, ms, AbortSignal.any([this.ending.signal, this.poke.signal]));
    if (this.poke.signal.aborted) this.poke = new AbortController();
  }

  /** 0, then the base doubled each time, to a limit. */
  backOff(failures: number): number {
    if (failures === 0) return 0;
    return Math.min(2 ** (failures - 1), BACK_OFF_LIMIT) * this.context.backOffMs;
  }

  async publish(): Promise<void> {
    const { store, clock } = this.context;
    await this.quietly(() =>
      store.modify(
        { ...refOf(this.first) },
        (draft) => {
          if (draft.metadata.uid !== this.uid) return;
          draft.status = statusOf(draft, this.spec, this.record, clock.now());
        },
        "status",
      ),
    );
  }

  /** For news that nobody waits for. */
  inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      process.stderr.write(`kubelet: pod ${this.first.metadata.name}: ${String(error)}\n`);
    });
  }

  async event(type: "Normal" | "Warning", reason: string, message: string): Promise<void> {
    await this.context.store.recordEvent(this.pod, {
      type,
      reason,
      message,
      component: componentOf(reason),
    });
  }

  private async schedule(): Promise<boolean> {
    const { store, clock, faults } = this.context;
    const { record } = this;
    if (!record.scheduled) {
      const problem =
        faults.whyUnschedulable(this.first.metadata.name) ?? whyUnschedulable(store, this.pod);
      if (problem !== null) {
        if (record.unschedulable !== problem)
          await this.event("Warning", "FailedScheduling", problem);
        record.unschedulable = problem;
        await this.publish();
        return false;
      }
      record.scheduled = true;
      record.unschedulable = null;
      await this.quietly(() =>
        store.modify(refOf(this.first), (draft) => {
          draft.spec = { ...draft.spec, nodeName: NODE };
        }),
      );
      const { namespace = "", name } = this.first.metadata;
      await this.event(
        "Normal",
        "Scheduled",
        `Successfully assigned ${namespace}/${name} to ${NODE}`,
      );
    }
    if (record.startTime === "") record.startTime = timestamp(clock.now());
    await this.publish();
    return true;
  }

  private async mount(): Promise<boolean> {
    const { runtime, store, addresses } = this.context;
    const detached = this.whyNotAttached();
    const problem = detached ?? (await runtime.mount(this.toRun));
    if (problem !== null) {
      const reason = detached === null ? "FailedMount" : "FailedAttachVolume";
      if (this.mountProblem !== problem) await this.event("Warning", reason, problem);
      this.mountProblem = problem;
      return false;
    }
    this.mounted = true;
    if (this.record.address === "") {
      const ports = this.spec.containers[0].ports.map(({ containerPort }) => containerPort);
      this.record.address = await nextAddress(store, addresses, "pod", ports);
      await this.publish();
      addressSettled(store, this.record.address);
    }
    return true;
  }

  private whyNotAttached(): string | null {
    const { namespace, name } = this.first.metadata;
    const claimed = this.spec.volumes.find((it) => it.persistentVolumeClaim !== undefined);
    const claim = this.context.store.get({
      kind: "PersistentVolumeClaim",
      namespace,
      name: claimed?.persistentVolumeClaim?.claimName ?? "",
    });
    const volume = textIn(claim?.spec, "volumeName");
    return volume === undefined ? null : this.context.faults.whyNotAttached(name, volume);
  }

  private async pull(): Promise<boolean> {
    const { runtime, faults } = this.context;
    const { image } = this.spec.containers[0];
    for (let failures = 0; !this.ending.signal.aborted; failures += 1) {
      const { name } = this.first.metadata;
      const problem = faults.whyNotPulled(name, image) ?? (await runtime.pull(this.toRun));
      if (problem === null) break;
      await this.event("Normal", "Pulling", `Pulling image "${image}"`);
      await this.event("Warning", "Failed", `Failed to pull image "${image}": ${problem}`);
      await this.event("Warning", "Failed", "Error: ErrImagePull");
      await this.waiting("ErrImagePull", problem);
      await this.wait(Math.min(this.context.backOffMs, 1000));
      await this.event("Normal", "BackOff", `Back-off pulling image "${image}"`);
      await this.event("Warning", "Failed", "Error: ImagePullBackOff");
      await this.waiting(
        "ImagePullBackOff",
        `Back-off pulling image "${image}": ErrImagePull: ${problem}`,
      );
      await this.wait(this.backOff(failures + 1));
    }
    return true;
  }

  async waiting(reason: string, message?: string): Promise<void> {
    this.record.state = { waiting: { reason, ...(message === undefined ? {} : { message }) } };
    await this.publish();
  }

  private async finish(): Promise<void> {
    await this.container.stop(this.graceMs(), this.halted);
    if (this.halted) return;
    const { runtime, store } = this.context;
    await runtime.remove(this.pod);
    await this.quietly(() =>
      store.delete(refOf(this.first), { uid: this.uid, gracePeriodSeconds: 0 }),
    );
  }

  private graceMs(): number {
    const own = this.spec.terminationGracePeriodSeconds;
    if (this.halted) return Math.min(own * 1000, HALT_GRACE_MS);
    return (this.pod.metadata.deletionGracePeriodSeconds ?? own) * 1000;
  }

  /** The pod may go, or another take its name, between any two lines of ours. */
  private async quietly(write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!(error instanceof ApiStatusError) || !["NotFound", "Conflict"].includes(error.reason))
        throw error;
    }
  }
}

const COMPONENTS: Readonly<Record<string, string>> = {
  Scheduled: "default-scheduler",
  FailedScheduling: "default-scheduler",
  FailedAttachVolume: "attachdetach-controller",
};

const componentOf = (reason: string): string => COMPONENTS[reason] ?? "kubelet";

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
