import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export type Ping = "accepting" | "rejecting" | "no response";

export interface PingOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly timeoutMs: number;
}

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const GOODBYE_MS = 1_000;
const PROTOCOL_3 = 196_608;

/** What pg_isready finds out: TLS when the server offers it, a startup packet, and no log-in. */
export async function ping({ host, port, user, timeoutMs }: PingOptions): Promise<Ping> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port });
    let current: Socket = socket;
    const end = (answer: Ping): void => {
      clearTimeout(timer);
      resolve(answer);
      if (answer === "no response") {
        current.destroy();
        socket.destroy();
        return;
      }
      // Cut off without a goodbye, the server would log a reset connection for each probe.
      current.end();
      socket.setTimeout(GOODBYE_MS, () => socket.destroy());
    };
    const timer = setTimeout(() => end("no response"), timeoutMs);
    const greet = (stream: Socket): void => {
      stream.on("data", (chunk: Buffer) => end(readAnswer(chunk)));
      stream.write(startupPacket(user));
    };
    socket.on("error", () => end("no response"));
    socket.on("close", () => end("no response"));
    socket.on("connect", () => socket.write(SSL_REQUEST));
    socket.once("data", (chunk: Buffer) => {
      if (chunk[0] !== "S".charCodeAt(0)) {
        greet(socket);
        return;
      }
      // Only whether it answers is asked, so any certificate will do.
      const secure = connectTls({ socket, rejectUnauthorized: false, minVersion: "TLSv1.2" });
      current = secure;
      secure.on("error", () => end("no response"));
      secure.on("secureConnect", () => greet(secure));
    });
  });
}

function startupPacket(user: string): Buffer {
  const body = Buffer.from(`user\0${user}\0database\0postgres\0application_name\0probe\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + body.length, 0);
  head.writeInt32BE(PROTOCOL_3, 4);
  return Buffer.concat([head, body]);
}

/** Any answer but "cannot connect now" (57P03: starting, stopping, recovering) means that it takes connections. */
function readAnswer(chunk: Buffer): Ping {
  return chunk[0] === "E".charCodeAt(0) && chunk.includes("C57P03\0") ? "rejecting" : "accepting";
}
