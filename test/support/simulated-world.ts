import { Faults } from "../../local/cluster/api/faults.ts";
import { noVolumeFolders } from "../../local/cluster/controllers/claims.ts";
import { startControllers } from "../../local/cluster/controllers/start.ts";
import { FaultBoard } from "../../local/cluster/faults/board.ts";
import { nodeFaults } from "../../local/cluster/faults/node-faults.ts";
import type { Allocatable } from "../../local/cluster/kubelet/node.ts";
import { simulatedRuntime, type Behaviour } from "../../local/cluster/kubelet/simulated-runtime.ts";
import { runKubelet } from "../../local/cluster/kubelet/start.ts";
import { openStore } from "../../local/cluster/store/open-store.ts";
import type { ObjectStore } from "../../local/cluster/store/store.ts";
import { NAMESPACE } from "./kubelet-world.ts";
import { VirtualClock } from "./virtual-clock.ts";

export interface SimulatedWorld {
  readonly store: ObjectStore;
  readonly clock: VirtualClock;
  /** How pods behave from now on, by pod name. */
  readonly behaviours: Map<string, Behaviour>;
  readonly board: FaultBoard;
  /** The reasons of the events about an object, oldest first. */
  reasons(name: string): string[];
  close(): Promise<void>;
}

/** Controllers and a simulated kubelet in virtual time: no process, no file, no port. */
export async function simulatedWorld(
  options: { allocatable?: Allocatable } = {},
): Promise<SimulatedWorld> {
  const clock = new VirtualClock();
  const store = await openStore({ now: () => clock.now() });
  const behaviours = new Map<string, Behaviour>();
  const board = new FaultBoard(new Faults(), clock);
  const faults = nodeFaults(board, clock);
  const controllers = await startControllers({
    store,
    clock,
    volumes: noVolumeFolders,
    addressBlock: 70,
    network: false,
    faults,
  });
  const kubelet = await runKubelet({
    store,
    clock,
    runtime: simulatedRuntime(clock, (pod) => behaviours.get(pod) ?? {}),
    addresses: { block: 70, isFree: async () => true },
    faults,
    ...options,
  });
  await store.create({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NAMESPACE },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  });
  return {
    store,
    clock,
    behaviours,
    board,
    reasons: (name) =>
      store
        .list("Event")
        .filter((it) => it.involvedObject?.["name"] === name)
        .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
        .map((it) => it.reason ?? ""),
    async close() {
      await controllers.stop();
      await kubelet.stop();
      await store.close();
    },
  };
}
