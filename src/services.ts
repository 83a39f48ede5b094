import type { Config } from "./config.ts";
import type { ClusterInspection } from "./domain/inspection.ts";
import type { Services } from "./domain/services.ts";
import { jsonLog, type Log, type LogSink } from "./durable/log.ts";
import type { ApiServices } from "./functions/dependencies.ts";
import type { SweepServices } from "./functions/sweep.ts";
import { createCluster } from "./kubernetes/cluster.ts";
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
  const { catalog, ledger, watch } = createMetadata({
    databaseUrl: config.databaseUrl,
    poolSize: config.databasePoolSize,
    log,
  });
  const cluster = createCluster(config);
  return {
    settings: config,
    log,
    clock,
    catalog,
    ledger,
    watch,
    cluster,
    inspection: cluster,
    postgres: createPostgresServers(),
    certificates: createCertificates(clock.now),
    passwords,
  };
}

const line = (stream: NodeJS.WritableStream) => (text: string) => void stream.write(`${text}\n`);

const processLog: LogSink = {
  info: line(process.stdout),
  warn: line(process.stdout),
  error: line(process.stderr),
};
