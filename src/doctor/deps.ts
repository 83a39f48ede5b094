import type { Config } from "../config.ts";
import type { Identity } from "../domain/identity.ts";
import { createIdentity } from "../identity/identity.ts";
import { readCluster, type AksFacts } from "../kubernetes/aks/resource-manager.ts";
import { createClient, type KubernetesClient } from "../kubernetes/client.ts";
import { connect, wayTo } from "../kubernetes/connect.ts";
import type { Session } from "../kubernetes/session.ts";
import type { DatabaseAddress } from "../metadata/address.ts";
import { databaseOf } from "../services.ts";
import type { DoctorOptions, Environment } from "./options.ts";

export type StorageService = "blob" | "queue" | "table";

/** Where things are that no setting names. */
export interface Places {
  readonly storage: (account: string, service: StorageService) => URL;
  readonly azuritePorts: Readonly<Record<StorageService, number>>;
  /** Where a pod finds its service account. */
  readonly serviceAccountFolder?: string | undefined;
}

export const AZURE: Places = {
  storage: (account, service) => new URL(`https://${account}.${service}.core.windows.net`),
  azuritePorts: { blob: 10_000, queue: 10_001, table: 10_002 },
};

/** What checks may touch. The functions connect at their first call, and reject with an error of the domain. */
export interface Deps {
  readonly config: Config;
  /** For what the Functions host reads; the app's own settings are in `config`. */
  readonly env: Environment;
  readonly options: DoctorOptions;
  readonly places: Places;
  readonly identity: Identity;
  readonly database: DatabaseAddress;
  readonly clusterWay: ReturnType<typeof wayTo>;
  /** Of the AKS cluster, where that is the way. */
  readonly aks: () => Promise<AksFacts>;
  readonly session: () => Promise<Session>;
  readonly client: () => Promise<KubernetesClient>;
  readonly close: () => Promise<void>;
}

/** Half of a check's time, so that Azure can still be asked why nothing answers. */
const REQUEST_TIMEOUT_MS = 5_000;

export function createDeps(
  config: Config,
  env: Environment,
  options: DoctorOptions,
  places: Places,
): Deps {
  const identity = createIdentity({ clientId: config.azureClientId });
  const access = { ...config, identity, serviceAccountFolder: places.serviceAccountFolder };
  const session = once(() => connect(access));
  const client = once(async () =>
    createClient(await session(), { requestTimeoutMs: REQUEST_TIMEOUT_MS }),
  );
  let wasOpened = false;
  return {
    config,
    env,
    options,
    places,
    identity,
    database: databaseOf(config, identity),
    clusterWay: wayTo(access),
    aks: once(async () => {
      if (config.aks === undefined) throw new Error("no AKS cluster is configured");
      return readCluster(config.aks, identity);
    }),
    session,
    client: async () => {
      wasOpened = true;
      return client();
    },
    async close() {
      if (wasOpened)
        await client().then(
          (opened) => opened.close(),
          () => undefined,
        );
    },
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
