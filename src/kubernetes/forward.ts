import { Duplex, PassThrough } from "node:stream";
import type { KubeConfig } from "@kubernetes/client-node";
import type { PodAddress } from "../domain/cluster.ts";
import { DomainError } from "../domain/errors.ts";
import { currentTrace } from "../domain/trace.ts";
import { clusterError, shorten, UnreachableError } from "./errors.ts";
import type { SecondLook, Session } from "./session.ts";

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
  const opening = (): Promise<Duplex> => open(session, pod, port, timeoutMs);
  try {
    return await opening();
  } catch (error) {
    const { changed, action } = await secondLook(session, statusOf(error));
    if (!changed) throw refusalOf(error, what, action);
  }
  return opening().catch((error: unknown) => {
    throw refusalOf(error, what, undefined);
  });
}

async function secondLook(session: Session, status: number | undefined): Promise<SecondLook> {
  if (status === undefined) return session.afterSilence();
  return status === 401 ? session.afterRefusal() : { changed: false };
}

function refusalOf(error: unknown, what: string, action: string | undefined): unknown {
  const status = statusOf(error);
  if (status === undefined)
    return clusterError(new UnreachableError(failureOf(error), action), { what });
  // A pod that is made anew, as when its node goes: back in a moment, under the same name.
  if (status === 404 || status === 400)
    return new DomainError("instance-unreachable", `cannot ${what}: the pod is not running`);
  return clusterError({ code: status }, { what });
}

/** How long the other side may take to close a connection that was given up. */
const GOODBYE_MS = 1_000;

/** The part of `ws` that is used. */
interface ForwardingSocket {
  onclose: (() => void) | null;
  onerror: (() => void) | null;
  close(): void;
  terminate(): void;
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
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#fromPod = fromPod;
    this.#toPod = toPod;
    fromPod.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) fromPod.pause();
    });
    fromPod.on("end", () => this.push(null));
    // The kubelet says there why nothing listens, and closes afterwards.
    complaints.on("data", (words: Buffer) => {
      const failure = new Error(shorten(words.toString("utf8")));
      this.destroy(Object.assign(failure, { code: "ECONNREFUSED" }));
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
    const socket = this.#socket;
    socket.close();
    // The other side may not say goodbye.
    setTimeout(() => socket.terminate(), GOODBYE_MS).unref();
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
