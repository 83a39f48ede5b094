import type { KubeConfig, User } from "@kubernetes/client-node";
import { DomainError } from "../../domain/errors.ts";
import type { Identity } from "../../domain/identity.ts";
import { endpointOf, type SecondLook, type Session } from "../session.ts";
import { silenceAction } from "./reach.ts";
import type { AksCluster } from "./aks-cluster.ts";
import { readCluster, type AksFacts } from "./resource-manager.ts";

/** The application that every AKS API server with Entra takes tokens for, unless its kubeconfig names another. */
const AKS_SERVER_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630";

/** Neither the token endpoint nor the resource manager is asked more often, once it has answered, whatever fails. */
const LOOK_AGAIN_MS = 30_000;

const ENTRA = "entra";

/**
 * Asks Azure where the cluster is, at the first call and whenever it no longer answers there. Its kubeconfig's sign-in
 * program is never run: with Entra each request carries a token of the app's identity, and a cluster without Entra gives
 * credentials in the same answer, which are used as they are.
 */
export async function aksSession(aks: AksCluster, identity: Identity): Promise<Session> {
  const { KubeConfig } = await import("../client-library.ts");
  const config = new KubeConfig();
  let facts = await readCluster(aks, identity);
  let serverApplication = use(config, facts);

  config.addAuthenticator({
    isAuthProvider: ({ name }) => name === ENTRA,
    applyAuthentication: async (_user, options) => {
      const token = await identity.accessToken(scopeOf(serverApplication));
      options.headers = Object.assign(options.headers ?? {}, { Authorization: `Bearer ${token}` });
    },
  });

  const again = async (): Promise<boolean> => {
    const before = endpointOf(config);
    facts = await readCluster(aks, identity);
    serverApplication = use(config, facts);
    return endpointOf(config) !== before;
  };

  return {
    config,
    region: async () => facts.region,
    afterRefusal: sparingly(async () => {
      if (serverApplication === undefined) return { changed: await again() };
      await identity.renew(scopeOf(serverApplication));
      return { changed: true };
    }),
    afterSilence: sparingly(async () => {
      try {
        return { changed: await again(), action: silenceAction(facts) };
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        return { changed: false, action: `Azure cannot be asked why: ${error.message}.` };
      }
    }),
  };
}

const scopeOf = (application: string | undefined): string =>
  `${application ?? AKS_SERVER_APPLICATION}/.default`;

/** Takes the cluster over, and of the users only those that need no program; says whom tokens are for. */
function use(config: KubeConfig, { kubeconfig }: AksFacts): string | undefined {
  const { cluster, user } = kubeconfig;
  if (user.exec === undefined && user.authProvider === undefined) {
    config.loadFromClusterAndUser(cluster, user);
    return undefined;
  }
  config.loadFromClusterAndUser(cluster, { name: ENTRA, authProvider: { name: ENTRA } });
  return serverIdOf(user) ?? AKS_SERVER_APPLICATION;
}

/** `kubelogin get-token --server-id …`: other clouds may have another one. */
function serverIdOf(user: User): string | undefined {
  const args: unknown = Reflect.get(Object(user.exec), "args");
  if (!Array.isArray(args)) return undefined;
  const at = args.indexOf("--server-id");
  const id: unknown = at < 0 ? undefined : args[at + 1];
  return typeof id === "string" ? id : undefined;
}

/** One at a time, and what it found holds for a while; a look that failed is told to those who waited for it only. */
function sparingly(look: () => Promise<SecondLook>): () => Promise<SecondLook> {
  let last: { readonly at: number; readonly seen: Promise<SecondLook> } | undefined;
  return async () => {
    const now = performance.now();
    if (last !== undefined && now - last.at < LOOK_AGAIN_MS) {
      const { seen } = last;
      return seen;
    }
    const seen = look();
    const mine = { at: now, seen };
    last = mine;
    seen.catch(() => {
      if (last === mine) last = undefined;
    });
    return seen;
  };
}
