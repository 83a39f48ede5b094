import { noVolumeFolders } from "../../../local/cluster/controllers/claims.ts";
import { systemClock, type Clock } from "../../../local/cluster/controllers/clock.ts";
import { startControllers } from "../../../local/cluster/controllers/start.ts";
import {
  simulatedRuntime,
  type Behaviour,
} from "../../../local/cluster/kubelet/simulated-runtime.ts";
import { runKubelet } from "../../../local/cluster/kubelet/start.ts";
import type { Workers } from "../../../local/cluster/server.ts";
import type { ObjectStore } from "../../../local/cluster/store/store.ts";

/** Controllers and pods without processes, in real time many times as fast: they are not under test here. */
export async function startSimulated(
  store: ObjectStore,
  behaviours: ReadonlyMap<string, Behaviour>,
): Promise<Workers> {
  const addressBlock = 71;
  const clock: Clock = {
    now: () => new Date(),
    after: (ms, run) => systemClock.after(ms / 20, run),
  };
  const behaviourOf = (pod: string): Behaviour =>
    behaviours.get(/^pg-(.+)-[0-9a-f]{8}-0$/.exec(pod)?.[1] ?? "") ?? {};
  const controllers = await startControllers({
    store,
    clock,
    volumes: noVolumeFolders,
    addressBlock,
    network: false,
  });
  const kubelet = await runKubelet({
    store,
    clock,
    runtime: simulatedRuntime(clock, behaviourOf),
    addresses: { block: addressBlock, isFree: async () => true },
  });
  return {
    async stop() {
      await kubelet.stop();
      await controllers.stop();
    },
  };
}
