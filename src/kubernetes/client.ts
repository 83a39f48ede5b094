import type {
  Configuration,
  KubeConfig,
  KubernetesObject,
  KubernetesObjectApi,
  V1DeleteOptions,
} from "@kubernetes/client-node";
import type { Duplex } from "node:stream";
import type { PodAddress } from "../domain/cluster.ts";
import { clusterError, isAlreadyExists, isConflict, isNotFound } from "./errors.ts";
import { connectionsOf } from "./http.ts";
import { forward } from "./forward.ts";
import { FIELD_MANAGER } from "./labels.ts";
import { fromModel, toModel } from "./model-names.ts";
import type { Session } from "./session.ts";
import { API_VERSIONS, type Kind } from "./kinds.ts";
import type { Manifest } from "./templates.ts";

export interface Address {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

export interface Selection {
  readonly labels?: string;
  readonly fields?: string;
  /** At most so many; the rest with the listing's `next`. */
  readonly limit?: number;
  /** Where an earlier listing ended. */
  readonly from?: string;
}

export interface Listing<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** There is more, from here. */
  readonly next?: string;
}

/** The API of a cluster as this folder uses it: each call within a time, each failure an error of ours. */
export interface KubernetesClient {
  readonly config: KubeConfig;
  /** The cluster's Azure region, where that is known. */
  region(): Promise<string | undefined>;
  /** Undefined when it does not exist. */
  get<T extends KubernetesObject>(at: Address): Promise<T | undefined>;
  list<T extends KubernetesObject>(
    kind: Kind,
    namespace: string,
    selection: Selection,
  ): Promise<Listing<T>>;
  /** False when an object of that name exists already. */
  create(manifest: Manifest): Promise<boolean>;
  /** Server-side apply: with a uid to exactly that object and as the one owner of what we set, else to a new one. */
  apply(manifest: Manifest, uid?: string): Promise<void>;
  /** Changes these fields only; a `resourceVersion` in it must still be the present one. */
  merge(at: Address, change: Readonly<Record<string, unknown>>): Promise<void>;
  /** Asks for the deletion of exactly this object; true also when it has gone already, or is another's by now. */
  delete(at: Address, uid: string): Promise<void>;
  /** A connection to a port of a pod, through the API server. */
  forward(pod: PodAddress, port: number): Promise<Duplex>;
  ping(): Promise<void>;
  /** Closes idle connections, which would keep a process alive for some seconds. */
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly requestTimeoutMs: number;
}

const describe = (verb: string, { kind, name }: { kind: string; name: string }): string =>
  `${verb} ${kind} "${name}"`;

export async function createClient(
  session: Session,
  options: ClientOptions,
): Promise<KubernetesClient> {
  const k8s = await import("./client-library.ts");
  const { config } = session;
  const connections = connectionsOf(session, k8s, options.requestTimeoutMs);
  const configuration: Configuration = k8s.createConfiguration({
    baseServer: connections.server,
    httpApi: connections.library,
    authMethods: { default: config },
    promiseMiddleware: [
      { pre: (request) => connections.prepare(request), post: async (response) => response },
    ],
  });
  const objects = new k8s.KubernetesObjectApi(configuration);
  const version = new k8s.VersionApi(configuration);
  return {
    config,
    region: session.region,
    forward: (pod, port) => forward(session, pod, port, options.requestTimeoutMs),
    ...reading(objects),
    ...writing(objects, {
      apply: k8s.PatchStrategy.ServerSideApply,
      merge: k8s.PatchStrategy.MergePatch,
      onlyIf: (uid) =>
        Object.assign(new k8s.V1DeleteOptions(), {
          preconditions: Object.assign(new k8s.V1Preconditions(), { uid }),
        }),
    }),
    close: () => connections.close(),
    async ping() {
      await answer(version.getCode(), { what: "reach the cluster" });
    },
  };
}

async function answer<T>(call: Promise<T>, doing: { what: string; secret?: boolean }): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw clusterError(error, doing);
  }
}

const isSecret = (kind: string) => ({ secret: kind === "Secret" });

const headOf = ({ kind, namespace, name }: Address) => ({
  apiVersion: API_VERSIONS[kind],
  kind,
  metadata: { name, namespace },
});

function reading(objects: KubernetesObjectApi): Pick<KubernetesClient, "get" | "list"> {
  return {
    async get<T extends KubernetesObject>(at: Address): Promise<T | undefined> {
      try {
        return fromModel(at.kind, await objects.read<T>(headOf(at)));
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw clusterError(error, { what: describe("read", at), ...isSecret(at.kind) });
      }
    },

    async list<T extends KubernetesObject>(
      kind: Kind,
      namespace: string,
      { labels, fields, limit, from }: Selection,
    ): Promise<Listing<T>> {
      const found = await answer(
        objects.list<T>(
          API_VERSIONS[kind],
          kind,
          namespace,
          undefined,
          undefined,
          undefined,
          fields,
          labels,
          limit,
          from,
        ),
        { what: `list ${kind} objects in "${namespace}"`, ...isSecret(kind) },
      );
      const items = found.items.map((item) => fromModel(kind, item));
      const next = found.metadata?._continue ?? "";
      const resourceVersion = found.metadata?.resourceVersion ?? "";
      return { items, resourceVersion, ...(next !== "" && { next }) };
    },
  };
}

type Strategy = Parameters<KubernetesObjectApi["patch"]>[5];

/** What only the loaded client library can give. */
interface Wire {
  readonly apply: Strategy;
  readonly merge: Strategy;
  readonly onlyIf: (uid: string) => V1DeleteOptions;
}

function writing(
  objects: KubernetesObjectApi,
  k8s: Wire,
): Pick<KubernetesClient, "create" | "apply" | "merge" | "delete"> {
  return {
    async create(manifest) {
      const { kind, metadata } = manifest;
      try {
        const object = toModel(kind, manifest) as KubernetesObject;
        await objects.create(object, undefined, undefined, FIELD_MANAGER);
        return true;
      } catch (error) {
        if (isAlreadyExists(error)) return false;
        const what = describe("create", { kind, name: metadata.name });
        throw clusterError(error, { what, ...isSecret(kind) });
      }
    },

    async apply(manifest, uid) {
      const { kind, metadata } = manifest;
      const body = { ...manifest, metadata: { ...metadata, ...(uid !== undefined && { uid }) } };
      // Without force an object that somebody made meanwhile is a conflict, and not taken over.
      const force = uid !== undefined;
      const what = describe("apply", { kind, name: metadata.name });
      await answer(
        objects.patch(
          toModel(kind, body) as KubernetesObject,
          undefined,
          undefined,
          FIELD_MANAGER,
          force,
          k8s.apply,
        ),
        { what, ...isSecret(kind) },
      );
    },

    async merge(at, change) {
      const head = headOf(at);
      const metadata = { ...head.metadata, ...(change["metadata"] as object | undefined) };
      await answer(
        objects.patch(
          { ...head, ...change, metadata },
          undefined,
          undefined,
          FIELD_MANAGER,
          undefined,
          k8s.merge,
        ),
        { what: describe("change", at), ...isSecret(at.kind) },
      );
    },

    async delete(at, uid) {
      try {
        await objects.delete(
          headOf(at),
          undefined,
          undefined,
          undefined,
          undefined,
          "Background",
          k8s.onlyIf(uid),
        );
      } catch (error) {
        // A uid that does not fit is a 409: the object that was meant has gone.
        if (isNotFound(error) || isConflict(error)) return;
        throw clusterError(error, { what: describe("delete", at), ...isSecret(at.kind) });
      }
    },
  };
}
