import { BlockList, isIPv6 } from "node:net";
import type { Client } from "pg";
import { ok, skipped, warning, type Check, type Outcome } from "../check.ts";
import { onDatabase } from "../database.ts";

/**
 * Nobody but those whom we connect to can say which address we come from, and the metadata database is the one that
 * says it when asked.
 */
export const egress: Check = {
  name: "egress",
  about: "the address that we come from is let in to instances",
  needs: ["metadata"],
  async run({ config, database }, signal) {
    return onDatabase(database, signal, async (client) =>
      judgeEgress(await addressOn(client), config.controlPlaneCidrs),
    );
  },
};

async function addressOn(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ address: string | null }>(
    "select host(inet_client_addr()) as address",
  );
  return rows[0]?.address ?? undefined;
}

const PRIVATE = listOf([
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
]);

/** `address` as the metadata database sees it; absent when it is reached through a socket of this machine. */
export function judgeEgress(address: string | undefined, allowed: readonly string[]): Outcome {
  if (address === undefined) return skipped("the metadata is reached without a network");
  if (has(listOf(allowed), address)) return ok(`seen as ${address}, within CONTROL_PLANE_CIDRS`);
  if (has(PRIVATE, address)) {
    return skipped(
      `seen as ${address} by the metadata, a private address: it says nothing of how load balancers see the app`,
    );
  }
  return warning(
    `seen as ${address} by the metadata, which is not within CONTROL_PLANE_CIDRS: load balancers of instances do not let it in`,
    "If this runs where the app runs, add that address to `CONTROL_PLANE_CIDRS`; from elsewhere it says nothing of the app's own.",
  );
}

function listOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = "", prefix] = cidr.split("/");
    list.addSubnet(network, Number(prefix), familyOf(network));
  }
  return list;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}

const has = (list: BlockList, address: string): boolean => list.check(address, familyOf(address));
