import { randomInt } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../local/cluster/controllers/clock.ts";
import type { JsonObject, KubernetesObject, NewObject } from "../../local/cluster/store/object.ts";
import type { ObjectStore } from "../../local/cluster/store/store.ts";
import { openStore } from "../../local/cluster/store/open-store.ts";
import { startWorkers, type LocalWorkers } from "../../local/cluster/workers.ts";

export interface KubeletWorld {
  readonly folder: string;
  readonly store: ObjectStore;
  readonly workers: LocalWorkers;
}

export const NAMESPACE = "toygres";

/** A folder that the server's user can enter, and an address block that no other test has. */
export async function newPlace(): Promise<{ folder: string; addressBlock: number }> {
  const folder = await mkdtemp(join(tmpdir(), "toygres-test-kubelet-"));
  await chmod(folder, 0o755);
  return { folder, addressBlock: randomInt(100, 250) };
}

export async function openWorld(place: {
  folder: string;
  addressBlock: number;
}): Promise<KubeletWorld> {
  const store = await openStore({ folder: join(place.folder, "store") });
  const workers = await startWorkers({
    store,
    folder: place.folder,
    addressBlock: place.addressBlock,
    clock: systemClock,
    pool: { 18: 1 },
    loadBalancerDelayMs: 50,
    volumeDelayMs: 100,
    backOffMs: 500,
  });
  if (store.get({ kind: "Namespace", name: NAMESPACE }) === undefined) {
    await store.create({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: NAMESPACE },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
  }
  return { folder: place.folder, store, workers };
}

export async function removePlace({ folder }: { folder: string }): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Polls until the answer is not undefined. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(20);
  }
}

export const podNamed = (store: ObjectStore, name: string): KubernetesObject | undefined =>
  store.get({ kind: "Pod", namespace: NAMESPACE, name });

const labels = { app: "pg" };

/** A pod of the shape of templates/stateful-set.yaml, with its Services and what it mounts. */
export function hardenedInstance(
  name: string,
  parts: { initSql: string; hba: string; certificate: string; key: string; image?: string },
): NewObject[] {
  const metadata = (suffix = ""): { name: string; namespace: string; labels: typeof labels } => ({
    name: `${name}${suffix}`,
    namespace: NAMESPACE,
    labels,
  });
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const ready = {
    exec: { command: ["pg_isready", "-q", "-h", "127.0.0.1", "-U", "toygres", "-d", "postgres"] },
  };
  const container: JsonObject = {
    name: "postgres",
    image: parts.image ?? "postgres:18",
    args: [
      ...[
        "ssl=on",
        "ssl_cert_file=/etc/toygres/tls/tls.crt",
        "ssl_key_file=/etc/toygres/tls/tls.key",
      ],
      ...["ssl_min_protocol_version=TLSv1.2", "hba_file=/etc/toygres/config/pg_hba.conf"],
    ].flatMap((it) => ["-c", it]),
    env: [
      { name: "POSTGRES_USER", value: "postgres" },
      {
        name: "POSTGRES_PASSWORD",
        valueFrom: { secretKeyRef: { name: `${name}-bootstrap`, key: "postgres-password" } },
      },
      { name: "PGDATA", value: "/var/lib/postgresql/pgdata" },
    ],
    ports: [{ name: "postgresql", containerPort: 5432, protocol: "TCP" }],
    startupProbe: { ...ready, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 3600 },
    readinessProbe: { ...ready, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 3 },
    livenessProbe: {
      tcpSocket: { port: "postgresql" },
      periodSeconds: 15,
      timeoutSeconds: 5,
      failureThreshold: 8,
    },
    resources: { requests: { cpu: "100m", memory: "512Mi" } },
    volumeMounts: [
      { name: "data", mountPath: "/var/lib/postgresql" },
      { name: "bootstrap", mountPath: "/docker-entrypoint-initdb.d", readOnly: true },
      { name: "tls", mountPath: "/etc/toygres/tls", readOnly: true },
      { name: "config", mountPath: "/etc/toygres/config", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
  const service = (suffix: string, spec: JsonObject): NewObject => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(suffix),
    spec: {
      selector: labels,
      ports: [{ name: "postgresql", port: 5432, targetPort: "postgresql" }],
      ...spec,
    },
    status: { loadBalancer: {} },
  });
  return [
    service("-headless", { type: "ClusterIP", clusterIP: "None" }),
    service("", { type: "LoadBalancer", loadBalancerSourceRanges: ["127.0.0.0/8"] }),
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: metadata("-bootstrap"),
      data: {
        "init.sql": base64(parts.initSql),
        "postgres-password": base64("super secret: it's $1"),
      },
    },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: metadata("-tls"),
      data: { "tls.crt": base64(parts.certificate), "tls.key": base64(parts.key) },
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadata("-config"),
      data: { "pg_hba.conf": parts.hba },
    },
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: metadata("-data"),
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "default",
        resources: { requests: { storage: "1Gi" } },
      },
      status: { phase: "Pending" },
    },
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: metadata(),
      spec: {
        replicas: 1,
        serviceName: `${name}-headless`,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 30,
            containers: [container],
            volumes: [
              { name: "data", persistentVolumeClaim: { claimName: `${name}-data` } },
              {
                name: "bootstrap",
                secret: {
                  secretName: `${name}-bootstrap`,
                  defaultMode: 0o440,
                  items: [{ key: "init.sql", path: "init.sql" }],
                },
              },
              { name: "tls", secret: { secretName: `${name}-tls`, defaultMode: 0o640 } },
              { name: "config", configMap: { name: `${name}-config` } },
              { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
            ],
          },
        },
      },
      status: { replicas: 0 },
    },
  ];
}

/** The least that runs: a Secret, a claim and a StatefulSet of one pod. */
export function plainInstance(name: string): NewObject[] {
  const all = hardenedInstance(name, { initSql: "select 1;", hba: "", certificate: "", key: "" });
  return all.flatMap((object) => {
    if (object.kind === "StatefulSet") return [plainSet(name)];
    return object.metadata.name === `${name}-bootstrap` || object.kind === "PersistentVolumeClaim"
      ? [object]
      : [];
  });
}

/** A StatefulSet of one pod; `container` changes what it runs. */
export function plainSet(name: string, container: JsonObject = {}): NewObject {
  const ready = { exec: { command: ["pg_isready", "-q", "-U", "toygres"] }, periodSeconds: 1 };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
      replicas: 1,
      serviceName: name,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 30,
          containers: [
            {
              name: "postgres",
              image: "postgres:18",
              env: [
                {
                  name: "POSTGRES_PASSWORD",
                  valueFrom: {
                    secretKeyRef: { name: `${name}-bootstrap`, key: "postgres-password" },
                  },
                },
                { name: "PGDATA", value: "/var/lib/postgresql/pgdata" },
              ],
              ports: [{ name: "postgresql", containerPort: 5432, protocol: "TCP" }],
              startupProbe: ready,
              readinessProbe: ready,
              volumeMounts: [{ name: "data", mountPath: "/var/lib/postgresql" }],
              ...container,
            },
          ],
          volumes: [{ name: "data", persistentVolumeClaim: { claimName: `${name}-data` } }],
        },
      },
    },
    status: { replicas: 0 },
  };
}
