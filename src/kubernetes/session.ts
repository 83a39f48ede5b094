import type { Cluster, KubeConfig, User } from "@kubernetes/client-node";

/** What looking again at who we are to the cluster, and where it is, has found. */
export interface SecondLook {
  /** Something is new, so the request is worth another try. */
  readonly changed: boolean;
  /** The one thing to do, where more is known than that nothing answers. */
  readonly action?: string | undefined;
}

/** Where the cluster is and as whom we talk to it. `config` is one object for good; its contents may be renewed. */
export interface Session {
  readonly config: KubeConfig;
  /** The cluster's Azure region, where that is known. */
  readonly region: () => Promise<string | undefined>;
  /** After an answer 401. */
  readonly afterRefusal: () => Promise<SecondLook>;
  /** After a request that reached nobody, or whom we do not trust. */
  readonly afterSilence: () => Promise<SecondLook>;
}

/** What connections are made for: another address, CA or client certificate needs new ones. */
export function endpointOf(config: KubeConfig): string {
  const { server, caData }: Partial<Cluster> = config.getCurrentCluster() ?? {};
  const { certData, token }: Partial<User> = config.getCurrentUser() ?? {};
  return JSON.stringify([server, caData, certData, token]);
}

const NOTHING_NEW: SecondLook = { changed: false };

/** Of a kubeconfig or a pod's service account, whose files the client library reads by itself. */
export function fixedSession(config: KubeConfig): Session {
  return {
    config,
    region: async () => undefined,
    afterRefusal: async () => NOTHING_NEW,
    afterSilence: async () => NOTHING_NEW,
  };
}
