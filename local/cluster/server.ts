import { createHash, timingSafeEqual } from "node:crypto";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { serverCertificate } from "./api/certificates.ts";
import { Faults } from "./api/faults.ts";
import type { Denies } from "./api/access.ts";
import { apiHandler, type ApiHandler, type ApiOptions } from "./api/handler.ts";
import { writeKubeconfig } from "./api/kubeconfig.ts";
import type { ReadLog } from "./api/logs.ts";
import { systemClock } from "./controllers/clock.ts";
import { FaultBoard } from "./faults/board.ts";
import { openStore } from "./store/open-store.ts";
import type { ObjectStore } from "./store/store.ts";

export interface ClusterOptions {
  /** Where objects, certificate and kubeconfig lie; without it nothing is kept (then no TLS and no kubeconfig). */
  folder?: string | undefined;
  /** 0 (the default): any free one. */
  port?: number | undefined;
  tls?: boolean | undefined;
  /** What clients must send as a bearer token, and what the kubeconfig holds; absent: all may do all. */
  token?: string | undefined;
  /** Which other bearer tokens count, as those of an identity provider do. */
  accepts?: ((token: string) => boolean) | undefined;
  /** What nobody may do, whatever the token; absent: all may do all. */
  denies?: Denies | undefined;
  /** Absent: `kubeconfig` in the folder. */
  kubeconfigPath?: string | undefined;
  now?: (() => Date) | undefined;
  /** Starts what acts on the objects (controllers, kubelet); its log reader serves `kubectl logs`. */
  start?: ((store: ObjectStore, board: FaultBoard) => Promise<Workers>) | undefined;
}

/** What runs on top of the store. */
export interface Workers {
  readLog?: ReadLog | undefined;
  stop: () => Promise<void>;
}

export interface Cluster {
  url: string;
  /** Empty when there is no folder. */
  kubeconfigPath: string;
  /** The CA that signed the server's certificate, with TLS only. */
  ca: string | undefined;
  store: ObjectStore;
  faults: Faults;
  /** What is asked to go wrong by name; its faults of requests are among `faults`. */
  board: FaultBoard;
  stop: () => Promise<void>;
}

const HOST = "127.0.0.1";

/** Starts a cluster in this process. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { folder, now = () => new Date() } = options;
  const store = await openStore({
    folder: folder === undefined ? undefined : join(folder, "store"),
    now,
  });
  const faults = new Faults();
  const board = new FaultBoard(faults, { ...systemClock, now });
  let workers: Workers | undefined;
  try {
    workers = await options.start?.(store, board);
    const handler = apiHandler({
      store,
      faults,
      board,
      accepts: acceptedBy(options),
      denies: options.denies,
      readLog: workers?.readLog,
      now,
    });
    return await serve(options, handler, { store, faults, board, workers });
  } catch (error) {
    await workers?.stop();
    await store.close();
    throw error;
  }
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

function acceptedBy({ token, accepts }: ClusterOptions): ApiOptions["accepts"] {
  if (token === undefined) return accepts;
  const own = digest(token);
  return (given) => timingSafeEqual(digest(given), own) || accepts?.(given) === true;
}

interface Parts {
  store: ObjectStore;
  faults: Faults;
  board: FaultBoard;
  workers: Workers | undefined;
}

async function serve(
  options: ClusterOptions,
  handler: ApiHandler,
  { store, faults, board, workers }: Parts,
): Promise<Cluster> {
  const { folder, token } = options;
  const tls =
    options.tls === true ? await serverCertificate(join(needed(folder), "tls")) : undefined;
  const server =
    tls === undefined
      ? createHttpServer(handler.request)
      : createHttpsServer({ key: tls.key, cert: tls.certificate }, handler.request);
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (request, socket, head) => {
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    handler.upgrade(request, socket, head);
  });
  const port = await listen(server, options.port ?? 0);
  const url = `${tls === undefined ? "http" : "https"}://${HOST}:${port}`;
  const kubeconfigPath =
    options.kubeconfigPath ?? (folder === undefined ? "" : join(folder, "kubeconfig"));
  if (kubeconfigPath !== "") writeKubeconfig(kubeconfigPath, { server: url, ca: tls?.ca, token });
  const stop = async (): Promise<void> => {
    board.clear();
    for (const socket of upgraded) socket.destroy();
    await closeServer(server);
    await workers?.stop();
    await store.close();
  };
  return { url, kubeconfigPath, ca: tls?.ca, store, faults, board, stop };
}

function needed(folder: string | undefined): string {
  if (folder === undefined)
    throw new Error("A cluster with TLS needs a folder for its certificate.");
  return folder;
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      reject(
        taken
          ? new Error(
              `Port ${port} of ${HOST} is in use: stop what listens there, or give the cluster another port.`,
            )
          : error,
      );
    });
    server.listen(port, HOST, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("The cluster's server has no port.");
  return address.port;
}

/** Watches never end by themselves, so connections are closed rather than awaited. */
async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
