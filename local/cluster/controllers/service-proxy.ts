import { BlockList, connect, createServer, isIPv4, type Server, type Socket } from "node:net";
import type { KubernetesObject } from "../store/object.ts";
import type { ObjectStore } from "../store/store.ts";
import { refOfKey } from "./objects.ts";
import { ServiceSpec, endpointsOf, ingressOf, type ServicePort } from "./service-spec.ts";

const CONNECT_TIMEOUT_MS = 5_000;

interface Listener {
  readonly server: Server;
  readonly sockets: Set<Socket>;
}

/** What kube-proxy and a load balancer do: connections to a service's addresses reach its ready pods. */
export class ServiceProxy {
  private readonly store: ObjectStore;
  /** "namespace/name" → "address:port" → listener */
  private readonly listeners = new Map<string, Map<string, Listener>>();

  constructor(store: ObjectStore) {
    this.store = store;
  }

  /** Listens on all the addresses and ports that the service has now, and on no other. */
  async serve(key: string, service: KubernetesObject): Promise<void> {
    const spec = ServiceSpec.parse(service.spec);
    const own = this.listeners.get(key) ?? new Map<string, Listener>();
    this.listeners.set(key, own);
    const external = ingressOf(service);
    const internal =
      spec.clusterIP === undefined || spec.clusterIP === "None" ? [] : [spec.clusterIP];
    const wanted = new Set<string>();
    for (const address of [...internal, ...external]) {
      for (const port of spec.ports) {
        const place = `${address}:${port.port}`;
        wanted.add(place);
        if (!own.has(place))
          own.set(place, await this.listen(key, address, port, external.includes(address)));
      }
    }
    for (const [place, listener] of own) {
      if (wanted.has(place)) continue;
      own.delete(place);
      await close(listener);
    }
  }

  async withdraw(key: string): Promise<void> {
    const own = this.listeners.get(key);
    this.listeners.delete(key);
    for (const listener of own?.values() ?? []) await close(listener);
  }

  async stop(): Promise<void> {
    for (const key of [...this.listeners.keys()]) await this.withdraw(key);
  }

  private listen(
    key: string,
    address: string,
    port: ServicePort,
    isExternal: boolean,
  ): Promise<Listener> {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (client) => {
      sockets.add(client);
      client.on("close", () => sockets.delete(client));
      client.on("error", () => client.destroy());
      const service = this.store.get(refOfKey("Service", key));
      if (
        service === undefined ||
        (isExternal && !isAllowed(service, client.remoteAddress ?? ""))
      ) {
        client.resetAndDestroy();
        return;
      }
      forward(client, endpointsOf(this.store, service, port));
    });
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port.port, address, () => {
        server.off("error", reject);
        server.on("error", (error) => {
          process.stderr.write(`cluster: the proxy of service ${key} failed: ${String(error)}\n`);
        });
        resolve({ server, sockets });
      });
    });
  }
}

/** No ranges means everyone, as in a real cluster. */
function isAllowed(service: KubernetesObject, source: string): boolean {
  const { loadBalancerSourceRanges: ranges } = ServiceSpec.parse(service.spec);
  if (ranges.length === 0) return true;
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits = ""] = range.trim().split("/");
    list.addSubnet(network, Number(bits), isIPv4(network) ? "ipv4" : "ipv6");
  }
  return list.check(source, isIPv4(source) ? "ipv4" : "ipv6");
}

function forward(client: Socket, endpoints: { host: string; port: number }[]): void {
  const endpoint = endpoints[Math.floor(Math.random() * endpoints.length)];
  if (endpoint === undefined) {
    client.resetAndDestroy();
    return;
  }
  const upstream = connect({ ...endpoint, allowHalfOpen: true, timeout: CONNECT_TIMEOUT_MS });
  client.setNoDelay(true);
  upstream.setNoDelay(true);
  upstream.on("connect", () => upstream.setTimeout(0));
  upstream.on("timeout", () => upstream.destroy());
  upstream.on("error", () => client.resetAndDestroy());
  upstream.on("close", () => client.destroy());
  client.on("close", () => upstream.destroy());
  client.pipe(upstream);
  upstream.pipe(client);
}

async function close({ server, sockets }: Listener): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
