import { existsSync } from "node:fs";
import { appendFile, chmod, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { stopProcess } from "../../processes/identity.ts";
import { binaries, type PostgresMajor } from "../../postgres/binaries.ts";
import { majorOf } from "../../postgres/data-directory.ts";
import { findServer } from "../../postgres/server.ts";
import { giveTo, placeData, serverUser } from "../../postgres/server-user.ts";
import type { VolumeFolders } from "../controllers/claims.ts";
import { textIn } from "../controllers/objects.ts";
import { majorOfImage, pullFailure } from "../images/catalog.ts";
import { ImageFailure, prepareData } from "../images/first-start.ts";
import { openPool, type DataDirectoryPool } from "../images/pool.ts";
import { serverCommand } from "../images/postgres-arguments.ts";
import type { ObjectStore } from "../store/store.ts";
import { environmentOf } from "./environment.ts";
import { PodFolder } from "./pod-folder.ts";
import { adoptContainer, spawnContainer, type ProcessPlan } from "./process-container.ts";
import {
  endedContainer,
  StartRefusal,
  type Exit,
  type PodToRun,
  type RunningContainer,
  type Runtime,
} from "./runtime.ts";
import { recordedStart } from "./status.ts";
import { filesOf, writeVolume } from "./volumes.ts";

export interface ProcessRuntimeOptions {
  readonly store: ObjectStore;
  readonly folder: string;
  readonly imagePrefixes?: readonly string[];
  /** Data directories kept ready, by major version. */
  readonly pool?: Partial<Record<PostgresMajor, number>>;
  readonly notify?: (line: string) => void;
}

export interface ProcessRuntime extends Runtime {
  readonly volumes: VolumeFolders;
  /** The file with a container's output. */
  logFileOf(podUid: string, previous: boolean): string;
}

const DEFAULT_POOL = { 18: 2 } as const;
const STOP = [{ signal: "SIGINT", waitMs: 10_000 }] as const;

/** Runs each pod's PostgreSQL as a process of this machine. */
export async function openProcessRuntime(options: ProcessRuntimeOptions): Promise<ProcessRuntime> {
  const user = serverUser();
  const place = await placeData(user, options.folder);
  if (place.notice !== null) options.notify?.(place.notice);
  const { notice } = await binaries("18");
  if (notice !== null) options.notify?.(notice);
  const root = place.path;
  for (const name of ["pods", "volumes", "pool"]) {
    await mkdir(join(root, name), { recursive: true });
    await chmod(join(root, name), 0o711);
  }
  await endStrays(options.store, root);
  const pool = await openPool(join(root, "pool"), options.pool ?? DEFAULT_POOL);
  const volumes: VolumeFolders = {
    pathOf: (name) => join(root, "volumes", name),
    async make(name) {
      const path = join(root, "volumes", name);
      await mkdir(path, { recursive: true, mode: 0o755 });
      await giveTo(user, path);
    },
    async remove(name) {
      await rm(join(root, "volumes", name), { recursive: true, force: true, maxRetries: 5 });
    },
  };
  const kit: Kit = { ...options, root, pool, volumes };
  return {
    volumes,
    logFileOf: (uid, previous) =>
      join(root, "pods", uid, previous ? "previous.log" : "container.log"),
    pull: async ({ spec }) =>
      majorOfImage(spec.containers[0].image, options.imagePrefixes ?? []) === null
        ? pullFailure(spec.containers[0].image)
        : null,
    mount: (pod) => mount(kit, pod),
    adopt: (pod) => adopt(kit, pod),
    start: (pod) => start(kit, pod),
    async fail(pod, exitOf) {
      const { plan } = planFor(kit, pod);
      return failed(plan.logFile, exitOf((await majorOf(plan.dataDirectory)) !== null));
    },
    write: (pod, lines) => appendFile(folderOf(kit, pod).logFile, `${lines}\n`, LOG_MODE),
    remove: async ({ metadata }) => {
      await rm(join(root, "pods", metadata.uid), { recursive: true, force: true, maxRetries: 5 });
    },
    stop: () => pool.stop(),
  };
}

interface Kit extends Omit<ProcessRuntimeOptions, "pool"> {
  readonly root: string;
  readonly pool: DataDirectoryPool;
  readonly volumes: VolumeFolders;
}

/** What an earlier run left of pods that are no more: processes by pid and start time, then their folders. */
async function endStrays(store: ObjectStore, root: string): Promise<void> {
  const living = new Set(store.list("Pod").map(({ metadata }) => metadata.uid));
  for (const uid of await readdir(join(root, "pods"))) {
    if (living.has(uid)) continue;
    const folder = join(root, "pods", uid);
    const stray = await findServer(folder, join(folder, "process.json"));
    if (stray !== null) await stopProcess(stray, STOP);
    await rm(folder, { recursive: true, force: true });
  }
}

function folderOf(kit: Kit, { pod, spec }: PodToRun): PodFolder {
  const { namespace } = pod.metadata;
  return new PodFolder(join(kit.root, "pods", pod.metadata.uid), spec, (claimName) => {
    const claim = kit.store.get({ kind: "PersistentVolumeClaim", namespace, name: claimName });
    return kit.volumes.pathOf(textIn(claim?.spec, "volumeName") ?? claimName);
  });
}

async function mount(kit: Kit, pod: PodToRun): Promise<string | null> {
  const folder = folderOf(kit, pod);
  const user = serverUser();
  const { namespace = "default" } = pod.pod.metadata;
  for (const volume of pod.spec.volumes) {
    const files = filesOf(kit.store, namespace, volume);
    if (typeof files === "string") return files;
    const path = folder.volume(volume);
    if (files !== null) await writeVolume(path, files, user);
    else if (!existsSync(path)) {
      await mkdir(path, { recursive: true, mode: 0o755 });
      await giveTo(user, path);
    }
  }
  await mkdir(folder.root, { recursive: true, mode: 0o755 });
  return null;
}

function planFor(
  kit: Kit,
  pod: PodToRun,
): { plan: Omit<ProcessPlan, "program">; environment: Map<string, string>; folder: PodFolder } {
  const container = pod.spec.containers[0];
  if (pod.spec.containers.length > 1) {
    throw new StartRefusal(
      "CreateContainerConfigError",
      "this local cluster runs one container in a pod",
    );
  }
  const folder = folderOf(kit, pod);
  const environment = environmentOf(kit.store, pod.pod, container, pod.address);
  const dataDirectory = folder.hostPath(
    environment.get("PGDATA") ?? defaultData(kit, container.image),
  );
  const hostPath = (path: string): string => folder.hostPath(path);
  const command = serverCommand([...container.command, ...container.args], {
    dataDirectory,
    address: pod.address,
    hostPath,
  });
  const { logFile, processFile } = folder;
  const plan = { ...command, dataDirectory, address: pod.address, container, logFile, processFile };
  return { plan, environment, folder };
}

const defaultData = (kit: Kit, image: string): string =>
  majorOfImage(image, kit.imagePrefixes ?? []) === "18"
    ? "/var/lib/postgresql/18/docker"
    : "/var/lib/postgresql/data";

async function adopt(kit: Kit, pod: PodToRun): Promise<RunningContainer | null> {
  let plan: Omit<ProcessPlan, "program">;
  try {
    ({ plan } = planFor(kit, pod));
  } catch {
    // Its Secrets may be gone by now; the recorded process is still ours to find.
    const { processFile, logFile } = folderOf(kit, pod);
    const container = pod.spec.containers[0];
    plan = {
      args: [],
      dataDirectory: dirname(processFile),
      address: pod.address,
      port: 0,
      container,
      logFile,
      processFile,
    };
  }
  const identity = await findServer(plan.dataDirectory, plan.processFile);
  if (identity === null) return null;
  return adoptContainer({ ...plan, program: "" }, identity, recordedStart(pod.pod) ?? new Date());
}

async function start(kit: Kit, pod: PodToRun): Promise<RunningContainer> {
  const major = majorOfImage(pod.spec.containers[0].image, kit.imagePrefixes ?? []);
  if (major === null)
    throw new StartRefusal("ErrImagePull", pullFailure(pod.spec.containers[0].image));
  let made: ReturnType<typeof planFor>;
  try {
    made = planFor(kit, pod);
  } catch (error) {
    if (error instanceof ImageFailure) return failed(folderOf(kit, pod).logFile, exitOf(error));
    throw error;
  }
  const { plan, environment, folder } = made;
  const other = await findServer(plan.dataDirectory, plan.processFile);
  // A server that nobody watches any more, on data that is to be served anew.
  if (other !== null) await stopProcess(other, STOP);
  await keepLog(plan.logFile);
  try {
    const scripts = folder.hostPath("/docker-entrypoint-initdb.d");
    await prepareData({
      major,
      dataDirectory: plan.dataDirectory,
      environment,
      scripts,
      pool: kit.pool,
    });
  } catch (error) {
    if (error instanceof ImageFailure) return failed(plan.logFile, exitOf(error));
    throw new StartRefusal(
      "RunContainerError",
      `${basename(plan.dataDirectory)} cannot be prepared: ${String(error)}`,
    );
  }
  const { postgres } = await binaries(major);
  return spawnContainer({ ...plan, program: postgres });
}

const LOG_MODE = { mode: 0o600 } as const;

/** What the container before it wrote is kept for `kubectl logs --previous`. */
async function keepLog(file: string): Promise<void> {
  await rename(file, join(dirname(file), "previous.log")).catch(() => undefined);
}

const exitOf = ({ message }: ImageFailure): Exit => ({ exitCode: 1, message });

/** A container that ended before its server began. */
async function failed(logFile: string, exit: Exit): Promise<RunningContainer> {
  await keepLog(logFile);
  await appendFile(logFile, `${exit.message}\n`, LOG_MODE);
  return endedContainer("process://0", new Date(), exit);
}
