import { connect } from "node:net";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { KubernetesObject } from "../store/object.ts";
import { badRequest } from "../store/refusals.ts";
import type { ApiStatusError } from "../store/status-error.ts";
import { asStatusError, statusOf } from "./answer.ts";

/** Of those that the client library offers, what the kubelet takes. */
const PROTOCOL = "v4.channel.k8s.io";
const CONNECT_WITHIN_MS = 10_000;
const DATA = 0;
const ERROR = 1;

const sockets = new WebSocketServer({
  noServer: true,
  handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
});

/** Whether the request speaks as the kubelet does; `kubectl` has protocols of its own. */
export function isForwarding({ headers }: IncomingMessage): boolean {
  const offered = headers["sec-websocket-protocol"]?.split(",").map((one) => one.trim());
  return headers.upgrade?.toLowerCase() === "websocket" && offered?.includes(PROTOCOL) === true;
}

/** `pods/portforward` over WebSocket, for one port: two channels, each beginning with the port's number. */
export function forwardPort(
  pod: KubernetesObject,
  query: URLSearchParams,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const port = portOf(query);
  const host = pod.status?.["podIP"];
  if (typeof host !== "string" || host === "")
    throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  sockets.handleUpgrade(request, socket, head, (opened) => join(opened, host, port));
}

function portOf(query: URLSearchParams): number {
  const ports = query.getAll("ports").flatMap((text) => text.split(","));
  const port = Number(ports[0]);
  if (ports.length !== 1) throw badRequest("This cluster forwards one port a connection.");
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw badRequest(`query parameter "ports" is required, a number from 1 to 65535`);
}

function join(opened: WebSocket, host: string, port: number): void {
  const number = Buffer.alloc(2);
  number.writeUInt16LE(port);
  const send = (channel: number, bytes: Buffer): void => {
    if (opened.readyState === opened.OPEN)
      opened.send(Buffer.concat([Buffer.from([channel]), bytes]));
  };
  send(DATA, number);
  send(ERROR, number);
  const server = connect({ host, port, timeout: CONNECT_WITHIN_MS });
  server.once("connect", () => server.setTimeout(0));
  server.once("timeout", () => server.destroy(new Error("no answer in time")));
  server.on("data", (bytes) => send(DATA, bytes));
  server.once("error", ({ message }) => {
    const words = `error forwarding port ${port} to pod: ${message}`;
    send(ERROR, Buffer.from(words));
    opened.close();
  });
  server.once("close", () => opened.close());
  opened.on("message", (data: Buffer) => {
    if (data[0] === DATA && data.length > 1) server.write(data.subarray(1));
  });
  opened.once("close", () => server.destroy());
  opened.on("error", () => server.destroy());
}

/** Before a connection is a WebSocket, a refusal is an answer of HTTP. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  const status: ApiStatusError = asStatusError(error);
  const body = `${JSON.stringify(statusOf(status))}\n`;
  socket.end(
    `HTTP/1.1 ${status.code} ${status.reason}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
