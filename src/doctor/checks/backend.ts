import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import {
  failed,
  failureOf,
  networkCode,
  ok,
  skipped,
  together,
  type Check,
  type Outcome,
} from "../check.ts";
import type { Deps, StorageService } from "../deps.ts";
import { STORAGE } from "./sign-in.ts";
import { backendsIn, type Backend } from "../backends.ts";

const SERVICES: readonly StorageService[] = ["blob", "queue", "table"];

export const backend: Check = {
  name: "backend",
  about: "the store of durable state answers",
  async run(deps, signal) {
    const backends = backendsIn(deps.env);
    if (backends.length === 0) {
      return skipped("AzureWebJobsStorage is not set: the host of this repository needs none");
    }
    return together((await Promise.all(backends.map((one) => look(one, deps, signal)))).flat());
  },
};

async function look(one: Backend, deps: Deps, signal: AbortSignal): Promise<Outcome[]> {
  switch (one.kind) {
    case "scheduler":
      return [await scheduler(one.endpoint, signal)];
    case "azurite":
      return Promise.all(SERVICES.map((service) => azurite(service, deps, signal)));
    case "identity":
      return Promise.all(
        SERVICES.map((service) => withIdentity(one.account, service, deps, signal)),
      );
    case "connection-string":
      return Promise.all(SERVICES.map((service) => withKey(one.parts, service, deps, signal)));
  }
}

async function azurite(
  service: StorageService,
  { places }: Deps,
  signal: AbortSignal,
): Promise<Outcome> {
  const port = places.azuritePorts[service];
  try {
    await opened(connectTcp({ host: "127.0.0.1", port, signal }), "connect");
    return ok("Azurite listens");
  } catch {
    return failed(
      `nothing of Azurite's ${service} service listens on 127.0.0.1:${port}`,
      "Start Azurite, or run `npm run start:func`, which does.",
    );
  }
}

async function scheduler(endpoint: string, signal: AbortSignal): Promise<Outcome> {
  const url = URL.parse(endpoint);
  if (url === null) {
    return failed(
      "the connection string of the Durable Task Scheduler has no Endpoint that is a URL",
      "Copy it from the scheduler's page in the portal.",
    );
  }
  const { hostname: host, port } = url;
  try {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = connectTls({ host, port: Number(port || 443), ...name });
    signal.addEventListener("abort", () => socket.destroy(), { once: true });
    await opened(socket, "secureConnect");
    return ok(`the Durable Task Scheduler at ${host} answers over TLS`);
  } catch (error) {
    return unreachable(`the Durable Task Scheduler at ${host}`, error);
  }
}

/** Connects, and leaves at once. */
async function opened(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(event, resolve);
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("closed before it was open")));
    });
  } finally {
    socket.on("error", () => undefined);
    socket.destroy();
  }
}

const LISTINGS: Readonly<Record<StorageService, string>> = {
  blob: "?comp=list&maxresults=1",
  queue: "?comp=list&maxresults=1",
  table: "Tables?$top=1",
};

async function withIdentity(
  account: string,
  service: StorageService,
  { identity, places }: Deps,
  signal: AbortSignal,
): Promise<Outcome> {
  const url = new URL(LISTINGS[service], places.storage(account, service));
  let token: string;
  try {
    token = await identity.accessToken(STORAGE);
  } catch (error) {
    return failureOf(error);
  }
  try {
    const response = await fetch(url, {
      signal,
      redirect: "error",
      headers: {
        authorization: `Bearer ${token}`,
        accept: service === "table" ? "application/json;odata=nometadata" : "application/xml",
        "x-ms-version": "2023-11-03",
      },
    });
    await response.body?.cancel();
    return judgeStorage(account, service, response.status);
  } catch (error) {
    return unreachable(`the ${service} service of storage account "${account}"`, error);
  }
}

const ROLES: Readonly<Record<StorageService, string>> = {
  blob: "Storage Blob Data Owner",
  queue: "Storage Queue Data Contributor",
  table: "Storage Table Data Contributor",
};

/** Of the answer to a listing with the identity's token. */
export function judgeStorage(account: string, service: StorageService, status: number): Outcome {
  if (status < 300) return ok(`storage account "${account}" lets the identity in (${service})`);
  if (status === 403) {
    return failed(
      `storage account "${account}" refuses the identity its ${service} service (403)`,
      `Give the identity the role \`${ROLES[service]}\` on the account; or its firewall does not let this machine in.`,
    );
  }
  return failed(
    `the ${service} service of storage account "${account}" answers with ${status}`,
    "Check `AzureWebJobsStorage__accountName`, and that the account belongs to the identity's tenant.",
  );
}

/** That something answers; the key in the connection string is not used. */
async function withKey(
  parts: ReadonlyMap<string, string>,
  service: StorageService,
  { places }: Deps,
  signal: AbortSignal,
): Promise<Outcome> {
  const account = parts.get("accountname") ?? "";
  const url =
    URL.parse(parts.get(`${service}endpoint`) ?? "") ?? withSuffix(parts, service, places);
  if (url === undefined) {
    return failed(
      "AzureWebJobsStorage is no connection string of Azure Storage: it names no account",
      "Copy it from the account's page in the portal, or set `AzureWebJobsStorage__accountName` to use the identity.",
    );
  }
  try {
    const response = await fetch(url.origin, { signal, redirect: "manual" });
    await response.body?.cancel();
    return ok(`storage account "${account}" answers`);
  } catch (error) {
    return unreachable(`the ${service} service at ${url.host}`, error);
  }
}

function withSuffix(
  parts: ReadonlyMap<string, string>,
  service: StorageService,
  places: Deps["places"],
): URL | undefined {
  const account = parts.get("accountname");
  const suffix = parts.get("endpointsuffix");
  if (account === undefined || !/^[a-z0-9]{3,24}$/.test(account)) return undefined;
  if (suffix === undefined) return places.storage(account, service);
  return URL.parse(`https://${account}.${service}.${suffix}`) ?? undefined;
}

const unreachable = (what: string, error: unknown): Outcome =>
  failed(
    `${what} cannot be reached (${networkCode(error) ?? "no answer"})`,
    "Check the name, and what lies between: name service, firewall, private endpoint.",
  );
