import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A TCP proxy in front of a server of 127.0.0.1, which can be taken away for a while. */
export interface Proxy {
  readonly port: number;
  /** Cuts what is open and refuses what comes, until `up`. */
  down(): void;
  up(): void;
  /** Cuts what is open now; what comes next is served. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startProxy(target: number): Promise<Proxy> {
  const open = new Set<Socket>();
  let isDown = false;
  const server = createServer((client) => {
    // A reset is what a server that is gone answers with.
    if (isDown) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(target, "127.0.0.1");
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      // Either end may break; the other one is told by `pipe` or by the destruction below.
      socket.on("error", () => undefined);
    }
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address of that kind.
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    port,
    down() {
      isDown = true;
      cut();
    },
    up() {
      isDown = false;
    },
    cut,
    async stop() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
