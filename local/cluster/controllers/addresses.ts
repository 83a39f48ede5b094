import { createServer } from "node:net";
import { z } from "zod";
import { Refusal } from "../../processes/refusal.ts";
import type { ObjectStore } from "../store/store.ts";

/**
 * The loopback addresses of one cluster: 127.<block>.0.0/16. A second cluster on the machine takes another block.
 * Who has which address stands in the objects themselves, so it survives restarts.
 */
export interface AddressPlan {
  readonly block: number;
  /** Whether a program may listen there now. */
  readonly isFree: (address: string, port: number) => Promise<boolean>;
}

export type AddressUse = "service" | "load-balancer" | "pod";

const FIRST_THIRD_OCTET = { service: 0, "load-balancer": 64, pod: 128 } as const;
const HOSTS_PER_OCTET = 254;
const OCTETS = 64;

const Ingress = z.object({ ingress: z.array(z.object({ ip: z.string().optional() })).default([]) });

function taken(store: ObjectStore): Set<string> {
  const used = new Set<string>();
  const add = (value: unknown): void => {
    if (typeof value === "string") used.add(value);
  };
  for (const { spec, status } of store.list("Service")) {
    add(spec?.["clusterIP"]);
    for (const { ip } of Ingress.safeParse(status?.["loadBalancer"] ?? {}).data?.ingress ?? [])
      add(ip);
  }
  for (const { status } of store.list("Pod")) add(status?.["podIP"]);
  return used;
}

/** Given out in this process and not yet in an object. */
const promised = new WeakMap<ObjectStore, Set<string>>();

/** An address that no object of the cluster has and where the ports are free. */
export async function nextAddress(
  store: ObjectStore,
  plan: AddressPlan,
  use: AddressUse,
  ports: readonly number[],
): Promise<string> {
  const pending = promised.get(store) ?? new Set<string>();
  promised.set(store, pending);
  for (let index = 0; index < OCTETS * HOSTS_PER_OCTET; index += 1) {
    const third = FIRST_THIRD_OCTET[use] + Math.floor(index / HOSTS_PER_OCTET);
    const address = `127.${plan.block}.${third}.${(index % HOSTS_PER_OCTET) + 1}`;
    if (pending.has(address) || taken(store).has(address)) continue;
    pending.add(address);
    const free = await Promise.all(ports.map((port) => plan.isFree(address, port)));
    if (free.every(Boolean)) return address;
    pending.delete(address);
  }
  throw new Error(`no ${use} address is left in 127.${plan.block}.0.0/16`);
}

/** The object carries it now (or does not want it any more), so the store alone knows. */
export function addressSettled(store: ObjectStore, address: string): void {
  promised.get(store)?.delete(address);
}

/** Tries to listen, as the only true test. */
export function canListen(address: string, port: number): Promise<boolean> {
  return tryListen(address, port).then((code) => code === null);
}

function tryListen(address: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "unknown"));
    server.listen({ host: address, port, exclusive: true }, () =>
      server.close(() => resolve(null)),
    );
  });
}

const ALIASES_NAMED = 40;

/** Linux has all of 127.0.0.0/8; elsewhere the addresses must be added by the administrator first. */
export async function checkLoopback(block: number): Promise<void> {
  if ((await tryListen(`127.${block}.0.1`, 0)) !== "EADDRNOTAVAIL") return;
  const each = Object.values(FIRST_THIRD_OCTET).map((third) => `127.${block}.${third}`);
  throw new Refusal(
    `this system lacks the loopback addresses that instances get: run ` +
      `"for i in $(seq 1 ${ALIASES_NAMED}); do for n in ${each.join(" ")}; do sudo ifconfig lo0 alias $n.$i; done; done" and start again`,
  );
}
