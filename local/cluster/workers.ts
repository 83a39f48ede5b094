import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { PostgresMajor } from "../postgres/binaries.ts";
import type { ReadLog } from "./api/logs.ts";
import { canListen } from "./controllers/addresses.ts";
import { systemClock, type Clock } from "./controllers/clock.ts";
import { startControllers } from "./controllers/start.ts";
import type { FaultBoard } from "./faults/board.ts";
import { nodeFaults } from "./faults/node-faults.ts";
import { logReader } from "./kubelet/logs.ts";
import { openProcessRuntime } from "./kubelet/process-runtime.ts";
import { runKubelet } from "./kubelet/start.ts";
import type { ObjectStore } from "./store/store.ts";

export interface WorkerOptions {
  readonly store: ObjectStore;
  /** The cluster's folder; pods, volumes and prepared data directories lie in `node` below it. */
  readonly folder: string;
  readonly clock?: Clock;
  /** Addresses are 127.<block>.x.y; by default the block follows from the folder. */
  readonly addressBlock?: number;
  readonly imagePrefixes?: readonly string[];
  readonly pool?: Partial<Record<PostgresMajor, number>>;
  readonly loadBalancerDelayMs?: number;
  readonly volumeDelayMs?: number;
  readonly backOffMs?: number;
  readonly notify?: (line: string) => void;
  /** What is asked to go wrong while it runs. */
  readonly board?: FaultBoard;
}

export interface LocalWorkers {
  readonly readLog: ReadLog;
  /** Stops the pods' processes cleanly; their objects stay and run again at the next start. */
  stop(): Promise<void>;
}

/** Two clusters on one machine have different folders, so (almost always) different blocks. */
const blockOf = (folder: string): number =>
  10 + ((createHash("sha256").update(resolve(folder)).digest()[0] ?? 0) % 240);

/** Starts what acts on the objects: the controllers and the kubelet that runs real processes. */
export async function startWorkers(options: WorkerOptions): Promise<LocalWorkers> {
  const { clock = systemClock, addressBlock = blockOf(options.folder), board } = options;
  const faults = board && { faults: nodeFaults(board, clock) };
  await mkdir(options.folder, { recursive: true });
  const runtime = await openProcessRuntime({ ...options, folder: join(options.folder, "node") });
  const controllers = await startControllers({
    ...options,
    clock,
    addressBlock,
    volumes: runtime.volumes,
    network: true,
    ...faults,
  });
  const kubelet = await runKubelet({
    ...options,
    clock,
    runtime,
    addresses: { block: addressBlock, isFree: canListen },
    ...faults,
  });
  return {
    readLog: logReader((uid, previous) => runtime.logFileOf(uid, previous)),
    async stop() {
      await controllers.stop();
      await kubelet.stop();
    },
  };
}
