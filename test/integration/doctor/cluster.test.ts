import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import type { Access } from "../../../local/cluster/api/access.ts";
import { startCluster, type Cluster, type ClusterOptions } from "../../../local/cluster/server.ts";
import { setUpNamespace } from "../../../src/kubernetes/setup.ts";
import { poll } from "../../support/environment.ts";
import { startLocalCluster } from "../../support/local-cluster.ts";
import { examine, NO_DATABASE } from "./examine.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "toygres-test-doctor-"));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** An API server and nothing that acts on its objects. */
async function bareCluster(options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  const cluster = await startCluster({
    folder: await newFolder(),
    tls: true,
    token: "a-token-for-tests",
    ...options,
  });
  closing.push(() => cluster.stop());
  await cluster.store.create({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: "toygres",
      labels: {
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
      },
    },
  });
  return cluster;
}

async function storageClass(cluster: Cluster, over: Readonly<Record<string, unknown>> = {}) {
  await cluster.store.create({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: {
      name: "fast",
      annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
    },
    provisioner: "disk.csi.example",
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
    allowVolumeExpansion: true,
    ...over,
  });
}

const examined = (cluster: Cluster, env: Readonly<Record<string, string>> = {}) =>
  examine({ TOYGRES_KUBECONFIG: cluster.kubeconfigPath, ...env });

describe("a cluster that is as it should be", () => {
  it("gives nothing to fix", async () => {
    const cluster = await bareCluster();
    await storageClass(cluster);
    const { of } = await examined(cluster);

    expect(of("cluster")).toMatchObject({ status: "ok" });
    expect(of("rights")).toEqual({ status: "ok", found: "all 36 that the app needs" });
    expect(of("namespaces")).toMatchObject({ status: "ok" });
    expect(of("storage")).toMatchObject({ status: "ok" });
    expect(of("image")).toEqual({
      status: "skipped",
      found: "asks for a pod; run with --pull",
    });
  });
});

describe("the way to the cluster", () => {
  it("is missing when nothing names it", async () => {
    const { of } = await examine({});

    expect(of("cluster").found).toMatch(/^no cluster is configured: give a kubeconfig/);
    expect(of("rights")).toEqual({ status: "skipped", found: "needs cluster" });
  });

  it("leads nowhere when nothing listens, and what needs the cluster is skipped", async () => {
    const cluster = await startCluster({ folder: await newFolder() });
    await cluster.stop();
    const { of, code } = await examined(cluster);

    expect(code).toBe(1);
    expect(of("cluster")).toMatchObject({
      status: "failed",
      found: "cannot reach the cluster: nothing listens at the cluster's address",
    });
    for (const name of ["rights", "namespaces", "storage", "network-policy"])
      expect(of(name)).toEqual({ status: "skipped", found: "needs cluster" });
    expect(of("image")).toEqual({ status: "skipped", found: "needs namespaces" });
  });

  it("is of no use with a token that the cluster does not take, and the token is not shown", async () => {
    const cluster = await bareCluster();
    const config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfigPath);
    const path = join(await newFolder(), "kubeconfig");
    const token = "canary-of-a-wrong-token";
    config.users = config.users.map((user) => ({ ...user, token }));
    await writeFile(path, config.exportConfig());

    const { of, text } = await examine({ TOYGRES_KUBECONFIG: path });

    expect(of("cluster")).toMatchObject({
      status: "failed",
      found: "cannot sign in: the cluster does not accept our credentials",
      fix: expect.stringContaining("`TOYGRES_KUBECONFIG`"),
    });
    expect(text).not.toContain("canary");
  });
});

describe("rights", () => {
  const noSecrets = ({ resource, verb }: Access) => resource === "secrets" && verb !== "list";

  it("that are missing are named, with the role that gives them", async () => {
    const { of } = await examined(await bareCluster({ denies: noSecrets }));

    expect(of("rights")).toEqual({
      status: "failed",
      found: 'missing: get, create, patch, delete secrets in "toygres"',
      fix: expect.stringContaining(
        "`Azure Kubernetes Service RBAC Writer` on …/managedClusters/NAME/namespaces/toygres",
      ),
    });
  });

  it.each([
    ["direct", { status: "ok" }],
    ["port-forward", { found: 'missing: get, create pods/portforward in "toygres"' }],
  ])("to forward ports are needed with INSTANCE_ACCESS=%s or not", async (access, expected) => {
    const denies = ({ subresource }: Access) => subresource === "portforward";
    const { of } = await examined(await bareCluster({ denies }), { INSTANCE_ACCESS: access });

    expect(of("rights")).toMatchObject(expected);
  });

  it("of an admin, which the app has not, leave things unknown and not failed", async () => {
    const denies = ({ resource }: Access) => ["storageclasses", "namespaces"].includes(resource);
    const { of } = await examined(await bareCluster({ denies }));

    expect(of("rights")).toMatchObject({
      status: "warning",
      found: expect.stringContaining('list storageclasses; get namespaces in "toygres"'),
    });
    expect(of("namespaces")).toMatchObject({ status: "warning" });
    expect(of("storage")).toMatchObject({ status: "warning" });
  });
});

describe("namespaces", () => {
  it("that do not exist are named, and what makes them", async () => {
    const { of } = await examined(await bareCluster(), { TOYGRES_NAMESPACES: "toygres,tenants" });

    expect(of("namespaces")).toEqual({
      status: "failed",
      found: 'namespace "tenants" does not exist; "toygres" with Pod Security "restricted"',
      fix: "Run `npm run setup:cluster` as an admin of the cluster.",
    });
  });

  it("are right after npm run setup:cluster", async () => {
    const cluster = await bareCluster();
    await storageClass(cluster);
    await setUpNamespace({ kubeconfig: cluster.kubeconfigPath, namespace: "tenants" });
    const { of } = await examined(cluster, { TOYGRES_NAMESPACES: "tenants" });

    expect(of("namespaces")).toMatchObject({ status: "ok" });
  });
});

describe("storage", () => {
  it.each([
    [
      "keeps volumes",
      { reclaimPolicy: "Retain" },
      "failed",
      'StorageClass "fast" keeps volumes when their claim is deleted: use one whose reclaimPolicy is Delete',
    ],
    [
      "makes volumes too early",
      { volumeBindingMode: "Immediate" },
      "warning",
      'volumeBindingMode of "fast" is Immediate',
    ],
    [
      "makes volumes that cannot be grown",
      { allowVolumeExpansion: false },
      "warning",
      'allowVolumeExpansion of "fast" is not true',
    ],
  ])("whose class %s is told", async (_what, over, status, found) => {
    const cluster = await bareCluster();
    await storageClass(cluster, over);
    const { of } = await examined(cluster);

    expect(of("storage")).toMatchObject({ status, found: expect.stringContaining(found) });
  });

  it("whose class does not exist is told", async () => {
    const { of } = await examined(await bareCluster(), { STORAGE_CLASS: "slow" });

    expect(of("storage")).toMatchObject({
      status: "failed",
      found: 'the cluster has no StorageClass "slow"',
      fix: expect.stringContaining("`STORAGE_CLASS`"),
    });
  });
});

describe("the image", () => {
  const doctorsPods = (cluster: Cluster) =>
    cluster.store.list("Pod").filter(({ metadata }) => metadata.name.startsWith("toygres-doctor-"));

  async function withKubelet(pullFails: boolean): Promise<Cluster> {
    const local = await startLocalCluster(() => ({ pullFails }));
    closing.push(() => local.stop());
    await setUpNamespace({ kubeconfig: local.kubeconfig, namespace: "toygres" });
    return local.server;
  }

  it.each([
    [false, "ok", "postgres:18 started after"],
    [true, "failed", "image postgres:18 cannot be pulled"],
  ])("is tried in pods that do not stay (refused: %p)", async (pullFails, status, found) => {
    const cluster = await withKubelet(pullFails);
    const { of } = await examine(
      { TOYGRES_KUBECONFIG: cluster.kubeconfigPath },
      { args: ["--pull"] },
    );

    expect(of("image")).toMatchObject({ status, found: expect.stringContaining(found) });
    await poll("the pods are gone", () => doctorsPods(cluster).length === 0);
  });

  it("leaves no pod when the program gets Ctrl-C", async () => {
    const cluster = await bareCluster();
    const child = spawn(process.execPath, ["src/run-doctor.ts", "--pull"], {
      env: { DATABASE_URL: NO_DATABASE, TOYGRES_KUBECONFIG: cluster.kubeconfigPath },
      stdio: "ignore",
    });
    await poll("the pods are made", () => doctorsPods(cluster).length === 3);
    child.kill("SIGINT");

    expect(await once(child, "close")).toEqual([130, null]);
    expect(doctorsPods(cluster)).toEqual([]);
  });

  it("leaves no pod when the run is interrupted", async () => {
    const cluster = await bareCluster();
    const interrupted = new AbortController();
    const running = examine(
      { TOYGRES_KUBECONFIG: cluster.kubeconfigPath },
      { args: ["--pull"], signal: interrupted.signal },
    );
    await poll("the pods are made", () => doctorsPods(cluster).length === 3);
    interrupted.abort();

    expect((await running).of("image")).toEqual({ status: "skipped", found: "interrupted" });
    expect(doctorsPods(cluster)).toEqual([]);
  });
});
