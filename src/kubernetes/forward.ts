import { Duplex, PassThrough } from "node:stream";
import type { KubeConfig } from "@kubernetes/client-node";
import type { PodAddress } from "../domain/cluster.ts";
import { currentTrace } from "../domain/trace.ts";
import { clusterError, shorten, UnreachableError } from "./errors.ts";
import type { Session } from "./session.ts";

/** `pods/portforward` as a connection: what `kubectl port-forward` does, for one connection. */
export async function forward(
  session: Session,
  pod: PodAddress,
  port: number,
  timeoutMs: number,
): Promise<Duplex> {
  const what = `connect to port ${port} of Pod "${pod.name}"`;
  const trace = currentTrace();
  if (trace?.quiet !== true)
    trace?.log.info("kubernetes.forwarded", { ...trace.facts, pod: pod.name, port });
  try {
    return await open(session, pod, port, timeoutMs);
  } catch (error) {
    const status = statusOf(error);
    const look = status === undefined ? session.afterSilence : session.afterRefusal;
    const { changed, action } =
      status === undefined || status === 401 ? await look() : { changed: false };
    const failure =
      status === undefined ? new UnreachableError(failureOf(error), action) : { code: status };
    if (!changed) throw clusterError(failure, { what });
  }
  return open(session, pod, port, timeoutMs).catch((error: unknown) => {
    const status = statusOf(error);
    throw clusterError(status === undefined ? failureOf(error) : { code: status }, { what });
  });
}

/** The part of `ws` that is used. */
interface ForwardingSocket {
  onclose: (() => void) | null;
  onerror: (() => void) | null;
  close(): void;
}

async function open(
  { config }: Session,
  { namespace, name }: PodAddress,
  port: number,
  timeoutMs: number,
): Promise<Duplex> {
  const { PortForward } = await import("./client-library.ts");
  const fromPod = new PassThrough();
  const complaints = new PassThrough();
  const toPod = new PassThrough();
  // Without retries it gives the socket itself, which its type does not say.
  const opening = new PortForward(patientFor(config, timeoutMs)).portForward(
    encodeURIComponent(namespace),
    encodeURIComponent(name),
    [port],
    fromPod,
    complaints,
    toPod,
  ) as Promise<ForwardingSocket>;
  const socket = await opening;
  return new PodConnection(socket, fromPod, complaints, toPod);
}

/** One connection to a port of a pod; closing it closes the WebSocket that carries it. */
class PodConnection extends Duplex {
  readonly #socket: ForwardingSocket;
  readonly #fromPod: PassThrough;
  readonly #toPod: PassThrough;

  constructor(
    socket: ForwardingSocket,
    fromPod: PassThrough,
    complaints: PassThrough,
    toPod: PassThrough,
  ) {
    super();
    this.#socket = socket;
    this.#fromPod = fromPod;
    this.#toPod = toPod;
    fromPod.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) fromPod.pause();
    });
    fromPod.on("end", () => this.push(null));
    // The kubelet says there why nothing listens, and closes afterwards.
    complaints.on("data", (words: Buffer) => {
      const cause = { code: "ECONNREFUSED" };
      this.destroy(new Error(shorten(words.toString("utf8")), { cause }));
    });
    socket.onclose = () => fromPod.end();
    socket.onerror = () => this.destroy(resetError());
  }

  override _read(): void {
    this.#fromPod.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: () => void): void {
    this.#toPod.write(chunk, encoding, done);
  }

  override _final(done: () => void): void {
    this.#toPod.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.close();
    done(error);
  }
}

const resetError = (): Error =>
  Object.assign(new Error("the forwarded connection was cut"), { code: "ECONNRESET" });

/** The client library waits for as long as the other side is silent, unless `ws` is told not to by these options. */
function patientFor(config: KubeConfig, timeoutMs: number): KubeConfig {
  return Object.assign(Object.create(config) as KubeConfig, {
    applyToHTTPSOptions: async (options: Parameters<KubeConfig["applyToHTTPSOptions"]>[0]) => {
      await config.applyToHTTPSOptions(options);
      Object.assign(options, { handshakeTimeout: timeoutMs });
    },
  });
}

/** What `ws` rejects with is an event; what went wrong is in it. */
function failureOf(error: unknown): unknown {
  const cause: unknown = Reflect.get(Object(error), "error") ?? error;
  const message: unknown = Reflect.get(Object(cause), "message");
  return message === "Opening handshake has timed out"
    ? new DOMException(message, "TimeoutError")
    : cause;
}

/** A refused upgrade comes as an event of `ws` with nothing but a sentence. */
function statusOf(error: unknown): number | undefined {
  const message: unknown = Reflect.get(Object(error), "message");
  const status = /^Unexpected server response: (\d{3})$/.exec(String(message))?.[1];
  return status === undefined ? undefined : Number(status);
}
