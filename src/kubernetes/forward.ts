import { Duplex, PassThrough } from "node:stream";
import type { PodAddress } from "../domain/cluster.ts";
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
  try {
    return await open(session, pod, port, timeoutMs);
  } catch (error) {
    const status = statusOf(error);
    const look = status === undefined ? session.afterSilence : session.afterRefusal;
    const { changed, action } =
      status === undefined || status === 401 ? await look() : { changed: false };
    const failure = status === undefined ? new UnreachableError(error, action) : { code: status };
    if (!changed) throw clusterError(failure, { what });
  }
  return open(session, pod, port, timeoutMs).catch((error: unknown) => {
    const status = statusOf(error);
    throw clusterError(status === undefined ? error : { code: status }, { what });
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
  const { PortForward } = await import("@kubernetes/client-node");
  const fromPod = new PassThrough();
  const complaints = new PassThrough();
  const toPod = new PassThrough();
  // Without retries it gives the socket itself, which its type does not say.
  const opening = new PortForward(config).portForward(
    encodeURIComponent(namespace),
    encodeURIComponent(name),
    [port],
    fromPod,
    complaints,
    toPod,
  ) as Promise<ForwardingSocket>;
  const socket = await within(opening, timeoutMs, (late) => {
    late.close();
  });
  // The kubelet says there why nothing listens, and closes afterwards.
  complaints.on("data", (words: Buffer) => {
    fromPod.destroy(
      new Error(shorten(words.toString("utf8")), { cause: { code: "ECONNREFUSED" } }),
    );
  });
  socket.onclose = () => void fromPod.end();
  socket.onerror = () => void fromPod.destroy(resetError());
  const duplex = Duplex.from({ readable: fromPod, writable: toPod });
  duplex.once("close", () => socket.close());
  return duplex;
}

const resetError = (): Error =>
  Object.assign(new Error("the forwarded connection was cut"), { code: "ECONNRESET" });

/** The client library waits for as long as the other side is silent; what opens too late is closed again. */
async function within<T>(
  opening: Promise<T>,
  timeoutMs: number,
  close: (late: T) => void,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new DOMException("no answer in time", "TimeoutError"));
    opening.then(close, () => undefined);
  }, timeoutMs);
  try {
    return await Promise.race([opening, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** A refused upgrade comes as an event of `ws` with nothing but a sentence. */
function statusOf(error: unknown): number | undefined {
  const message: unknown = Reflect.get(Object(error), "message");
  const status = /^Unexpected server response: (\d{3})$/.exec(String(message))?.[1];
  return status === undefined ? undefined : Number(status);
}
