import type { Config } from "./config.ts";
import type { ClusterInspection } from "./domain/inspection.ts";
import type { Services } from "./domain/services.ts";
import { jsonLog, type Log, type LogSink } from "./durable/log.ts";
import type { ApiServices } from "./functions/dependencies.ts";
import type { SweepServices } from "./functions/sweep.ts";
import type { Identity } from "./domain/identity.ts";
import { createIdentity } from "./identity/identity.ts";
import { createCluster } from "./kubernetes/cluster.ts";
import type { DatabaseAddress } from "./metadata/address.ts";
import { createMetadata } from "./metadata/metadata.ts";
import { createCertificates } from "./postgres/certificates.ts";
import { passwords } from "./postgres/passwords.ts";
import { createPostgresServers } from "./postgres/servers.ts";

/** All that activities, endpoints and timers may touch, but for the durable client, which comes with each call. */
export interface AppServices
  extends Services, Omit<ApiServices, "workflows" | "settings">, Pick<SweepServices, "watch"> {
  readonly settings: Config;
  readonly inspection: ClusterInspection;
  /** For what belongs to no invocation. */
  readonly log: Log;
}

/** Makes each service once. Nothing is connected to before it is used, so that a cold start stays cheap. */
export function createServices(config: Config): AppServices {
  const clock = { now: () => new Date() };
  const log = jsonLog(processLog);
  const identity = createIdentity({ clientId: config.azureClientId });
  const { catalog, ledger, watch } = createMetadata({
    address: databaseOf(config, identity),
    poolSize: config.databasePoolSize,
    log,
  });
  const cluster = createCluster({ ...config, identity });
  return {
    settings: config,
    log,
    clock,
    catalog,
    ledger,
    watch,
    cluster,
    inspection: cluster,
    postgres: createPostgresServers({ forward: (pod, port) => cluster.forward(pod, port) }),
    certificates: createCertificates(clock.now),
    passwords,
  };
}

/** As `DATABASE_URL` says, or as the identity. */
export function databaseOf(
  { database }: Pick<Config, "database">,
  identity: Identity,
): DatabaseAddress {
  return "url" in database ? database : { ...database, identity };
}

const line = (stream: NodeJS.WritableStream) => (text: string) => void stream.write(`${text}\n`);

const processLog: LogSink = {
  info: line(process.stdout),
  warn: line(process.stdout),
  error: line(process.stderr),
};
