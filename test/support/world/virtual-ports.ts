import type { VirtualClock } from "../../../local/functions-host/engine/clock.ts";
import type { KubernetesObject } from "../../../local/cluster/store/object.ts";
import type { ObjectStore } from "../../../local/cluster/store/store.ts";
import type { Cluster } from "../../../src/domain/cluster.ts";
import { DomainError } from "../../../src/domain/errors.ts";
import type { Certificates, PostgresServers } from "../../../src/domain/postgres.ts";

/** How long a wait of the cluster's port really lasts: long enough for the simulated cluster, which is quick. */
const REAL_WAIT_MS = 400;
/** What did not come the last time is hardly on its way: a pod that never gets ready is asked for many times. */
const REAL_WAIT_AGAIN_MS = 20;

/**
 * The cluster's port, whose long waits take virtual time: what has not come after a moment of real time is given up,
 * and the clock moves on by the wait that was asked for.
 */
export function virtuallyWaiting(cluster: Cluster, clock: VirtualClock): Cluster {
  const missed = new Set<string>();
  const shortened = async <T>(
    what: string,
    waitMs: number,
    wait: (ms: number) => Promise<T>,
    came: (result: T) => boolean,
  ): Promise<T> => {
    const result = await wait(
      Math.min(waitMs, missed.has(what) ? REAL_WAIT_AGAIN_MS : REAL_WAIT_MS),
    );
    if (came(result)) {
      missed.delete(what);
    } else {
      missed.add(what);
      clock.set(clock.now() + waitMs);
    }
    return result;
  };
  return {
    ...cluster,
    readiness: (ref, waitMs) =>
      shortened(
        `readiness ${ref.instanceId}`,
        waitMs,
        (ms) => cluster.readiness(ref, ms),
        ({ ready, hopeless }) => ready || hopeless,
      ),
    endpoint: (ref, wanted, waitMs) =>
      shortened(
        `endpoint ${ref.instanceId}`,
        waitMs,
        (ms) => cluster.endpoint(ref, wanted, ms),
        ({ externalIp, clusterIp }) =>
          (wanted === "external" ? externalIp : clusterIp) !== undefined,
      ),
    remove: (ref, waitMs, beforeRemoval) =>
      shortened(
        `removal ${ref.instanceId}`,
        waitMs,
        (ms) => cluster.remove(ref, ms, beforeRemoval),
        ({ remaining }) => remaining.length === 0,
      ),
  };
}

/** The servers of simulated pods: one answers at its Service's addresses as long as its pod is ready. */
export function simulatedServers(
  store: ObjectStore,
  certificates: Certificates,
): PostgresServers & { readonly passwords: Map<string, string> } {
  const passwords = new Map<string, string>();
  const at = (address: string): KubernetesObject => {
    const service = store.list("Service").find((it) => addressesOf(it).includes(address));
    const id = service?.metadata.labels?.["toygres.io/instance-id"];
    const pod = store
      .list("Pod")
      .find((it) => it.metadata.labels?.["toygres.io/instance-id"] === id && isReady(it));
    if (service === undefined || id === undefined || pod === undefined) {
      throw new DomainError("instance-unreachable", `nobody answers at ${address}`);
    }
    return service;
  };
  return {
    passwords,
    async test({ address }) {
      const { name, namespace } = at(address).metadata;
      const secret = store.get({ kind: "Secret", namespace, name: `${name}-tls` });
      const data = secret?.["data"] as Readonly<Record<string, string>> | undefined;
      const pem = Buffer.from(data?.["tls.crt"] ?? "", "base64").toString();
      return {
        version: "PostgreSQL 18.4 (simulated)",
        latencyMs: 1,
        servedFingerprint: certificates.inspect(pem).fingerprint,
      };
    },
    async setUserPassword({ address }, verifier) {
      passwords.set(at(address).metadata.name, verifier);
    },
    async reload({ address }) {
      at(address);
    },
  };
}

function addressesOf({ spec, status }: KubernetesObject): readonly unknown[] {
  const balancer = status?.["loadBalancer"] as
    { readonly ingress?: readonly { readonly ip?: string }[] } | undefined;
  return [spec?.["clusterIP"], ...(balancer?.ingress ?? []).map(({ ip }) => ip)];
}

function isReady({ status }: KubernetesObject): boolean {
  const conditions = status?.["conditions"] as
    readonly { readonly type: string; readonly status: string }[] | undefined;
  return conditions?.some((it) => it.type === "Ready" && it.status === "True") ?? false;
}
