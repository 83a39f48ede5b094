import type { NodeFaults } from "../faults/node-faults.ts";
import { refOf, type KubernetesObject } from "../store/object.ts";
import type { ObjectStore } from "../store/store.ts";
import { addressSettled, nextAddress, type AddressPlan } from "./addresses.ts";
import type { Clock } from "./clock.ts";
import { keyOfObject, refOfKey } from "./objects.ts";
import type { ServiceProxy } from "./service-proxy.ts";
import { ServiceSpec, ingressOf } from "./service-spec.ts";
import { WorkQueue } from "./work-queue.ts";

export interface ServicesOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly addresses: AddressPlan;
  /** How long a load balancer takes to get its address, as a cloud's does. */
  readonly loadBalancerDelayMs: number;
  readonly proxy: ServiceProxy | null;
  readonly faults: NodeFaults;
}

/** A cloud that refused an address is asked again: after 5 s, 10 s, and so on up to 5 minutes. */
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 300_000;

/** Gives services their addresses, and has the proxy serve them. */
export function startServices(options: ServicesOptions): { stop(): Promise<void> } {
  const { store, clock, proxy, faults } = options;
  const refused = new Refused();
  const queue: WorkQueue = new WorkQueue(clock, (key) => reconcile(options, refused, queue, key));
  const stops = [
    store.watch("Service", undefined, ({ object }) => queue.add(keyOfObject(object))),
    faults.onChange(() => {
      for (const key of refused.keys()) queue.add(key);
    }),
  ];
  for (const service of store.list("Service")) queue.add(keyOfObject(service));
  return {
    async stop() {
      for (const stop of stops) stop();
      await queue.stop();
      await proxy?.stop();
    },
  };
}

/** The load balancers that were refused an address, and how often in a row. */
class Refused {
  private readonly times = new Map<string, number>();

  /** After how long it is asked again. */
  count(key: string): number {
    const times = (this.times.get(key) ?? 0) + 1;
    this.times.set(key, times);
    return Math.min(FIRST_RETRY_MS * 2 ** (times - 1), LAST_RETRY_MS);
  }

  forget(key: string): void {
    this.times.delete(key);
  }

  keys(): string[] {
    return [...this.times.keys()];
  }
}

async function reconcile(
  options: ServicesOptions,
  refused: Refused,
  queue: WorkQueue,
  key: string,
): Promise<void> {
  const { store, proxy } = options;
  const ref = refOfKey("Service", key);
  const service = store.get(ref);
  if (service === undefined || service.metadata.deletionTimestamp !== undefined) {
    refused.forget(key);
    await proxy?.withdraw(key);
    return;
  }
  await giveClusterAddress(options, service);
  await giveLoadBalancer(options, refused, queue, service);
  const current = store.get(ref);
  if (current !== undefined) await proxy?.serve(key, current);
}

async function giveClusterAddress(
  { store, addresses }: ServicesOptions,
  service: KubernetesObject,
): Promise<void> {
  const spec = ServiceSpec.parse(service.spec);
  if (spec.clusterIP !== undefined && spec.clusterIP !== "") return;
  const address = await nextAddress(
    store,
    addresses,
    "service",
    spec.ports.map(({ port }) => port),
  );
  try {
    await store.modify(refOf(service), (draft) => {
      draft.spec = { ...draft.spec, clusterIP: address, clusterIPs: [address] };
    });
  } finally {
    addressSettled(store, address);
  }
}

async function giveLoadBalancer(
  { store, clock, addresses, loadBalancerDelayMs, faults }: ServicesOptions,
  refused: Refused,
  queue: WorkQueue,
  service: KubernetesObject,
): Promise<void> {
  const spec = ServiceSpec.parse(service.spec);
  const has = ingressOf(service).length > 0;
  if (spec.type !== "LoadBalancer") {
    if (has) await setIngress(store, service, []);
    return;
  }
  if (has) return;
  const age = clock.now().getTime() - Date.parse(service.metadata.creationTimestamp);
  if (age < loadBalancerDelayMs) {
    queue.addAfter(keyOfObject(service), loadBalancerDelayMs - Math.max(age, 0));
    return;
  }
  const problem = faults.whyNoAddress(service.metadata.name);
  if (problem !== null) {
    queue.addAfter(keyOfObject(service), refused.count(keyOfObject(service)));
    await store.recordEvent(service, {
      type: "Warning",
      reason: "SyncLoadBalancerFailed",
      message: problem,
      component: "service-controller",
    });
    return;
  }
  refused.forget(keyOfObject(service));
  const address = await nextAddress(
    store,
    addresses,
    "load-balancer",
    spec.ports.map(({ port }) => port),
  );
  try {
    await setIngress(store, service, [address]);
    await store.recordEvent(service, {
      type: "Normal",
      reason: "EnsuredLoadBalancer",
      message: "Ensured load balancer",
      component: "service-controller",
    });
  } finally {
    addressSettled(store, address);
  }
}

async function setIngress(
  store: ObjectStore,
  service: KubernetesObject,
  addresses: string[],
): Promise<void> {
  await store.modify(
    refOf(service),
    (draft) => {
      const ingress = addresses.map((ip) => ({ ip, ipMode: "VIP" }));
      draft.status = { ...draft.status, loadBalancer: ingress.length === 0 ? {} : { ingress } };
    },
    "status",
  );
}
