import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Behaviour } from "../../../local/cluster/kubelet/simulated-runtime.ts";
import { startCluster, type Cluster } from "../../../local/cluster/server.ts";
import type { RuntimeStatus } from "../../../local/functions-host/engine/task-hub.ts";
import { VirtualClock } from "../../../local/functions-host/engine/clock.ts";
import { createApp } from "../../../src/app.ts";
import { DomainError } from "../../../src/domain/errors.ts";
import type { Catalog, Watch } from "../../../src/domain/metadata.ts";
import type { Services } from "../../../src/domain/services.ts";
import { clientOf, type DurableClient } from "../../../src/durable/client.ts";
import { jsonLog, type LogSink } from "../../../src/durable/log.ts";
import { sweep } from "../../../src/functions/sweep.ts";
import { workflowsOf } from "../../../src/functions/workflows.ts";
import { createCluster } from "../../../src/kubernetes/cluster.ts";
import { setUpNamespace } from "../../../src/kubernetes/setup.ts";
import { toygres } from "../../../src/library.ts";
import { createMetadata } from "../../../src/metadata/metadata.ts";
import { createCertificates } from "../../../src/postgres/certificates.ts";
import { passwords } from "../../../src/postgres/passwords.ts";
import { temporaryFolder } from "../environment.ts";
import { frontDoor } from "./front-door.ts";
import { Hosts } from "./hosts.ts";
import { hubService } from "./hub-service.ts";
import { startProxy, type Proxy as TcpProxy } from "./proxy.ts";
import { startSimulated } from "./simulated-cluster.ts";
import { openVirtualDatabase, type VirtualDatabase } from "./virtual-database.ts";
import { simulatedServers, virtuallyWaiting } from "./virtual-ports.ts";

const SWEEP_EVERY_MS = 60_000;
/** Virtual time has no end of its own: what takes longer than this for real is stuck. */
const REAL_BOUND_MS = 60_000;
const TOKEN = "a-token-for-tests";

const ALIVE: readonly RuntimeStatus[] = ["Pending", "Running", "ContinuedAsNew", "Suspended"];

export type Port = "cluster" | "metadata" | "durable";

/** One line of the log. */
export interface Trace {
  /** In virtual time. */
  readonly timestamp: Date;
  readonly message: string;
}

/**
 * The whole control plane in this process, in virtual time: the real orchestrations and activities on the local engine,
 * a real metadata database behind a proxy, the real Kubernetes client against the local cluster with simulated pods.
 */
export interface World {
  readonly clock: VirtualClock;
  readonly services: Services & { readonly catalog: Catalog; readonly watch: Watch };
  readonly cluster: Cluster;
  readonly database: VirtualDatabase;
  /** The way from the app to its metadata. */
  readonly metadata: TcpProxy;
  readonly hosts: Hosts;
  /** How pods behave from now on, by the instance's name; absent ones well. */
  readonly behaviours: Map<string, Behaviour>;
  readonly request: ReturnType<typeof frontDoor>;
  readonly durable: DurableClient;
  /** The lines that the app logged, as Application Insights would have them. */
  readonly traces: readonly Trace[];
  /** Lets every call of the durable client fail, as while the backend is away. */
  durableGone: boolean;
  /** Told whenever the app touches one of its ports. */
  touched: (port: Port) => void;
  /** The ids of all orchestrations that have not ended. */
  alive(statuses?: readonly RuntimeStatus[]): Promise<string[]>;
  /** One turn of the sweep, now, beside those that time brings. */
  sweep(): Promise<void>;
  /** Lets time pass until `done`, for at most `forMs` of virtual time; says whether it came to that. */
  run(done: () => boolean | Promise<boolean>, forMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** An empty database for the metadata. */
  readonly databaseUrl: string;
  /** Hosts that share the task hub; 1 unless told. */
  readonly hosts?: number;
}

export async function openWorld({ databaseUrl, hosts: count = 1 }: WorldOptions): Promise<World> {
  const clock = new VirtualClock(Date.now());
  const behaviours = new Map<string, Behaviour>();
  const hands: Pick<World, "durableGone" | "touched"> = {
    durableGone: false,
    touched: () => undefined,
  };
  const database = await openVirtualDatabase(databaseUrl);
  const url = new URL(databaseUrl);
  const metadata = await startProxy(Number(url.port));
  url.port = String(metadata.port);
  const folder = await temporaryFolder();
  // Without a folder of its own it keeps its objects in memory, and no journal on the disk.
  const cluster = await startCluster({
    kubeconfigPath: join(folder, "kubeconfig"),
    token: TOKEN,
    start: (store) => startSimulated(store, behaviours),
  });
  await setUpNamespace({ kubeconfig: cluster.kubeconfigPath, namespace: "toygres" });

  const traces: Trace[] = [];
  const sink = sinkInto(traces, clock);
  const log = jsonLog(sink);
  const stores = createMetadata({ address: { url: url.href }, poolSize: 5, log });
  const onTime = <T extends object>(port: T): T =>
    before(port, () => {
      hands.touched("metadata");
      return database.setTime(clock.now());
    });
  const kubernetes = createCluster({ kubeconfig: cluster.kubeconfigPath, requestTimeoutMs: 2_000 });
  const certificates = createCertificates(() => new Date(clock.now()));
  const services = {
    settings: {
      controlPlaneCidrs: ["127.0.0.0/8"],
      healthIntervalMs: 30_000,
      healthRetryMs: 10_000,
      healthWriteIntervalMs: 300_000,
    },
    clock: { now: () => new Date(clock.now()) },
    catalog: onTime(stores.catalog),
    ledger: onTime(stores.ledger),
    watch: onTime(stores.watch),
    cluster: before(virtuallyWaiting(kubernetes, clock), async () => hands.touched("cluster")),
    inspection: kubernetes,
    postgres: simulatedServers(cluster.store, certificates),
    certificates,
    passwords,
  };
  const service = before(
    hubService(() => hosts.hub),
    async () => {
      hands.touched("durable");
      if (hands.durableGone) throw new DomainError("durable-unavailable", "the backend is away");
    },
  );
  const durable = clientOf(service, 20);
  const hosts = new Hosts({ clock, count, services, durable, sink });
  await hosts.start();

  const workflows = workflowsOf(durable);
  let sweeping: Promise<void> = Promise.resolve();
  const sweepNow = (): Promise<void> => sweep({ ...services, workflows }, log);
  const scheduleSweep = (): void => {
    clock.after(SWEEP_EVERY_MS, () => {
      sweeping = sweepNow().then(scheduleSweep);
    });
  };
  scheduleSweep();

  const world = {
    ...{ clock, services, cluster, database, metadata, hosts, behaviours, durable, traces },
    request: frontDoor(
      createApp(toygres),
      {
        ...services,
        workflows,
        settings: {
          defaultAllowedCidrs: ["127.0.0.0/8"],
          namespaces: ["toygres"],
          maxInstances: 1_000,
          controlPlaneCidrs: services.settings.controlPlaneCidrs,
        },
      },
      log,
    ),
    sweep: sweepNow,
    async alive(statuses: readonly RuntimeStatus[] = ALIVE) {
      const { instances } = await hosts.hub.list({
        runtimeStatus: statuses,
        top: 1_000,
      });
      return instances.map(({ instanceId }) => instanceId);
    },
    async run(done: () => boolean | Promise<boolean>, forMs: number) {
      const limit = clock.now() + forMs;
      const bound = performance.now() + REAL_BOUND_MS;
      for (;;) {
        await hosts.idle();
        await sweeping;
        await hosts.idle();
        if (await done()) return true;
        if (performance.now() > bound) throw new Error(`still running after ${REAL_BOUND_MS} ms`);
        if (!clock.jump(limit)) return false;
      }
    },
    async close() {
      await hosts.stop();
      await stores.close();
      await metadata.stop();
      await database.close();
      await kubernetes.close();
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return Object.assign(hands, world);
}

function sinkInto(traces: Trace[], clock: VirtualClock): LogSink {
  const write = (message: string): void => {
    traces.push({ timestamp: new Date(clock.now()), message });
  };
  return { info: write, warn: write, error: write };
}

/** The same port, each of whose methods waits for `first` before it begins. */
function before<T extends object>(port: T, first: () => Promise<void>): T {
  return new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      return async (...given: unknown[]): Promise<unknown> => {
        await first();
        return Reflect.apply(member, target, given);
      };
    },
  });
}
