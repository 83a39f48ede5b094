import type { AddressPlan } from "../controllers/addresses.ts";
import type { Clock } from "../controllers/clock.ts";
import { textIn } from "../controllers/objects.ts";
import { noFaults, type NodeFaults } from "../faults/node-faults.ts";
import type { KubernetesObject } from "../store/object.ts";
import type { ObjectStore, WatchEvent } from "../store/store.ts";
import { ensureNode, machineAllocatable, type Allocatable } from "./node.ts";
import type { WorkerContext } from "./pod-host.ts";
import { PodWorker } from "./pod-worker.ts";
import type { Runtime } from "./runtime.ts";

export interface KubeletOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly runtime: Runtime;
  readonly addresses: AddressPlan;
  readonly backOffMs?: number;
  /** How long after a change of a Secret or ConfigMap its volumes follow. */
  readonly volumeDelayMs?: number;
  readonly allocatable?: Allocatable;
  /** What was asked to go wrong; absent: nothing. */
  readonly faults?: NodeFaults;
}

export interface Kubelet {
  /** Stops the containers; the pods stay and run again at the next start. */
  stop(): Promise<void>;
}

const BACK_OFF_MS = 10_000;
const VOLUME_DELAY_MS = 2_000;

/** Runs the pods of the store on the one node. */
export async function runKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { store, clock, runtime, addresses } = options;
  const context: WorkerContext = {
    store,
    clock,
    runtime,
    addresses,
    backOffMs: options.backOffMs ?? BACK_OFF_MS,
    faults: options.faults ?? noFaults,
  };
  await ensureNode(store, clock, options.allocatable ?? machineAllocatable());
  const workers = new Map<string, { worker: PodWorker; done: Promise<void> }>();

  const begin = (pod: KubernetesObject): void => {
    const { uid } = pod.metadata;
    if (workers.has(uid)) return;
    let worker: PodWorker;
    try {
      worker = new PodWorker(context, pod);
    } catch (error) {
      process.stderr.write(`kubelet: pod ${pod.metadata.name} cannot be read: ${String(error)}\n`);
      return;
    }
    if (pod.metadata.deletionTimestamp !== undefined) worker.end();
    const done = worker
      .run()
      .catch((error: unknown) => {
        process.stderr.write(`kubelet: pod ${pod.metadata.name} failed: ${String(error)}\n`);
      })
      .finally(() => workers.delete(uid));
    workers.set(uid, { worker, done });
  };

  const onPod = ({ type, object }: WatchEvent): void => {
    if (type === "ADDED") begin(object);
    const worker = workers.get(object.metadata.uid)?.worker;
    if (type === "DELETED" || object.metadata.deletionTimestamp !== undefined) worker?.end();
    // Room on the node, or a claim that nobody uses any more.
    if (type === "DELETED") wakeAll();
  };
  const wakeAll = (): void => {
    for (const { worker } of workers.values()) if (!worker.record.scheduled) worker.wake();
  };
  const onConfig = ({ object }: WatchEvent): void => {
    const { namespace } = object.metadata;
    clock.after(options.volumeDelayMs ?? VOLUME_DELAY_MS, () => {
      for (const { worker } of workers.values()) {
        if (worker.pod.metadata.namespace !== namespace) continue;
        worker.refreshVolumes().catch((error: unknown) => {
          process.stderr.write(`kubelet: refreshing volumes failed: ${String(error)}\n`);
        });
      }
    });
  };
  const stops = [
    store.watch("Pod", undefined, onPod),
    store.watch("Secret", undefined, onConfig),
    store.watch("ConfigMap", undefined, onConfig),
    store.watch("PersistentVolumeClaim", undefined, ({ object }) => {
      if (textIn(object.status, "phase") === "Bound") wakeAll();
    }),
    context.faults.onChange(() => wakeAll()),
  ];
  for (const pod of store.list("Pod")) begin(pod);

  return {
    async stop() {
      for (const stop of stops) stop();
      const all = [...workers.values()];
      for (const { worker } of all) worker.halt();
      await Promise.all(all.map(({ done }) => done));
      await runtime.stop();
    },
  };
}
