import type { ObjectStore } from "../store/store.ts";
import { canListen, checkLoopback } from "./addresses.ts";
import { startClaims, type VolumeFolders } from "./claims.ts";
import { noFaults, type NodeFaults } from "../faults/node-faults.ts";
import type { Clock } from "./clock.ts";
import { ServiceProxy } from "./service-proxy.ts";
import { startServices } from "./services.ts";
import { startStatefulSets } from "./stateful-sets.ts";

export interface ControllerOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly volumes: VolumeFolders;
  /** Addresses are 127.<block>.x.y. */
  readonly addressBlock: number;
  readonly loadBalancerDelayMs?: number;
  /** False for tests without network: addresses are given, nobody listens there. */
  readonly network: boolean;
  /** What was asked to go wrong; absent: nothing. */
  readonly faults?: NodeFaults;
}

const LOAD_BALANCER_DELAY_MS = 300;

/** Starts the StatefulSet, PersistentVolumeClaim and Service controllers. */
export async function startControllers(
  options: ControllerOptions,
): Promise<{ stop(): Promise<void> }> {
  const { store, clock, volumes, network, addressBlock, faults = noFaults } = options;
  if (network) await checkLoopback(addressBlock);
  const claims = await startClaims(store, clock, volumes, faults);
  const sets = startStatefulSets(store, clock);
  const services = startServices({
    store,
    clock,
    addresses: { block: addressBlock, isFree: network ? canListen : async () => true },
    loadBalancerDelayMs: options.loadBalancerDelayMs ?? LOAD_BALANCER_DELAY_MS,
    proxy: network ? new ServiceProxy(store) : null,
    faults,
  });
  return {
    async stop() {
      await Promise.all([claims.stop(), sets.stop(), services.stop()]);
    },
  };
}
