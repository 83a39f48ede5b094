import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Refusal } from "../../processes/refusal.ts";
import { empty, send, type Answer } from "./answer.ts";
import { readRequest, type Request } from "./request.ts";

export type Respond = (request: Request) => Promise<Answer>;

export interface Listener {
  /** `127.0.0.1:port`. */
  readonly authority: string;
  readonly port: number;
  /** Requests get 503 until this is called. */
  serve(respond: Respond): void;
  /** Takes no more, and waits for those under way, at most `limitMs`. */
  stop(limitMs: number): Promise<void>;
}

/** Listens on loopback; port 0 takes any free one. */
export async function listen(port: number, failed: (error: unknown) => void): Promise<Listener> {
  let respond: Respond = () => Promise.resolve(empty(503));
  const server = createServer({ requireHostHeader: false }, (message, response) => {
    answer(message, response, server, (request) => respond(request)).catch((error: unknown) => {
      // A caller who hung up is no failure of ours.
      if (!response.destroyed) failed(error);
      send(response, empty(500));
    });
  });
  await open(server, port);
  return {
    authority: authorityOf(server),
    port: (server.address() as AddressInfo).port,
    serve: (ready) => {
      respond = ready;
    },
    stop: (limitMs) => close(server, limitMs),
  };
}

async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  server: Server,
  respond: Respond,
): Promise<void> {
  const request = readRequest(message, authorityOf(server));
  send(response, request === null ? empty(400) : await respond(request));
}

function authorityOf(server: Server): string {
  const address = server.address() as AddressInfo;
  return `127.0.0.1:${address.port}`;
}

async function open(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(refusalOf(error, port));
    });
    server.listen(port, "127.0.0.1", resolve);
  });
}

function refusalOf(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === "EADDRINUSE") {
    return new Refusal(
      `port ${port} of 127.0.0.1 is in use: stop what listens there, or choose another with --port`,
      { cause: error },
    );
  }
  if (error.code === "EACCES") {
    return new Refusal(`port ${port} may not be opened by this user: choose one above 1023`, {
      cause: error,
    });
  }
  return error;
}

async function close(server: Server, limitMs: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), limitMs);
  try {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
    });
  } finally {
    clearTimeout(timer);
  }
}
