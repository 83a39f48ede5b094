import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { type Notify, Service } from "../supervisor/service.ts";
import { HOST } from "../up/backends.ts";
import { foldersOf } from "../up/folders.ts";
import { freePort } from "../up/ports.ts";
import { specOf } from "../up/service-spec.ts";
import type { Program } from "./tools.ts";

const ACCOUNT = "toygres";
const KINDS = ["blob", "queue", "table"] as const;

export interface Storage {
  readonly service: Service;
  /** For the setting `AzureWebJobsStorage`. */
  readonly connectionString: string;
}

/**
 * Azurite on free ports, so that one of the user's is no hindrance, with an account and a key of its own: those that
 * everybody knows would let any user of this machine into the durable state. The key lives as long as this run.
 */
export async function storageOf(data: string, azurite: Program, notify: Notify): Promise<Storage> {
  const location = foldersOf(data).storage;
  await mkdir(location, { recursive: true });
  const key = randomBytes(64).toString("base64");
  const ports = await Promise.all(KINDS.map(async (kind) => [kind, await freePort()] as const));
  const service = new Service(
    specOf(data, "azurite", {
      command: azurite.command,
      args: [
        ...azurite.args,
        ...["--location", location, "--silent", "--disableTelemetry"],
        // The host's storage library may be newer than Azurite; what it uses of it is not.
        "--skipApiVersionCheck",
        ...ports.flatMap(([kind, port]) => [
          ...[`--${kind}Host`, HOST],
          ...[`--${kind}Port`, String(port)],
        ]),
      ],
      // The last of the three.
      ready: /^Azurite Table service is successfully listening/,
      env: { AZURITE_ACCOUNTS: `${ACCOUNT}:${key}` },
    }),
    notify,
  );
  const endpoints = ports.map(
    ([kind, port]) =>
      `${kind.replace(/^./, (it) => it.toUpperCase())}Endpoint=http://${HOST}:${port}/${ACCOUNT}`,
  );
  return {
    service,
    connectionString: [
      "DefaultEndpointsProtocol=http",
      `AccountName=${ACCOUNT}`,
      `AccountKey=${key}`,
      ...endpoints,
    ].join(";"),
  };
}
